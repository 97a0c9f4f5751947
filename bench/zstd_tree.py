"""A copy of zstd's sources that may be edited, and the edits."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from bench.places import BENCH, SOURCES
from ltogen.base.errors import UserError

# A constant inside of functions, for a small file and for a middle one of the compressor: each edit
# changes code, and none changes what is compressed into something that cannot be decompressed.
BODIES = {
    "lib/common/pool.c": (r"(ctx->queueSize = queueSize) \+ \d+;", r"\1 + {number};"),
    "lib/compress/zstd_fast.c": (r"(nextStep \+= kStepIncr)[^;]*;", r"\1 + {number};"),
}


def copy(folder: Path) -> Path:
    """Project and sources, laid out in `folder` as they are here; the project's new place."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(BENCH / "zstd", folder / "zstd")
    for part in ("lib", "programs"):
        shutil.copytree(SOURCES / "zstd" / part, folder / "sources" / "zstd" / part)
    return folder / "zstd"


def edit_comment(project: Path, file: str, number: int) -> None:
    """Put one more line in front: every line of code moves, and none changes."""
    path = _path(project, file)
    path.write_text(f"/* edit {number} */\n{path.read_text()}")


def edit_body(project: Path, file: str, number: int) -> None:
    """Change a constant in a function's body, to another value for each number."""
    path = _path(project, file)
    pattern, replacement = BODIES[file]
    text, count = re.subn(pattern, replacement.format(number=number + 9), path.read_text(), count=1)
    if not count:
        raise UserError(f"{path}: nothing like {pattern} to edit; name another place in BODIES")
    path.write_text(text)


def _path(project: Path, file: str) -> Path:
    return project.parent / "sources" / "zstd" / file
