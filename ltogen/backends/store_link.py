"""The link in a build folder that leads its actions to the store."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from ltogen.base.errors import warn
from ltogen.model.layout import Layout
from ltogen.store import place


def write(build: Path, layout: Layout, asked: str | None = None) -> None:
    """Make the store if need be, and the link to it; no link if the store is off.

    `asked` is what the user said of this build: a cache folder, or `off`. A store that cannot be
    used is none, with a warning.
    """
    folder, problem = place.usable(os.environ, asked)
    if problem:
        warn(f"nothing is kept for other builds: {problem}")
    path = str(build / layout.store)
    # (A folder that holds both can be moved.)
    if Path(folder).is_relative_to(build.resolve()):
        folder = os.path.relpath(folder, os.path.dirname(path))  # noqa: PTH120
    with contextlib.suppress(OSError):
        if os.readlink(path) == folder:  # noqa: PTH115
            return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108
    if folder:
        os.symlink(folder, path)  # noqa: PTH211
