"""Where the benchmarks find and put things."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import ninja

from ltogen.base.errors import UserError

BENCH = Path(__file__).parent
SOURCES = BENCH / "sources"
WORK = BENCH / "work"
NINJA = str(Path(ninja.BIN_DIR) / "ninja")


def need_sources() -> None:
    """Fetch zstd if it is not there yet."""
    if not (SOURCES / "zstd").is_dir() and subprocess.run([BENCH / "fetch.sh"],
                                                          check=False).returncode:
        raise UserError("the sources of zstd are missing; see bench/fetch.sh")


def need_package(name: str) -> Path:
    """The sources that fetch.sh brings by this name, for the random edits."""
    folder = SOURCES / name
    if not folder.is_dir() and subprocess.run([BENCH / "fetch.sh", "edits"],
                                              check=False).returncode:
        raise UserError(f"the sources of {name} are missing; see bench/fetch.sh")
    return folder


def generator(name: str) -> str | None:
    """CMake or Meson: the machine's own, or the one that fetch.sh brought."""
    return shutil.which(name, path=f"{os.environ['PATH']}:{SOURCES / 'tools' / 'bin'}")


def fresh(folder: Path) -> Path:
    """`folder`, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
