"""The scanner of linker lines: what they name and the graph does not make."""

from __future__ import annotations

import os
from typing import Any

from SCons.Scanner import ScannerBase as Scanner

from ltogen.backends.scons.paths import from_top
from ltogen.base import files, response_files
from ltogen.linker import inputs
from ltogen.linker.command_line import CommandLine
from ltogen.linker.file_system import FileSystem


def is_line(path: str) -> bool:
    """Whether a file has the words that a driver puts around a link's inputs."""
    return path.endswith((".before", ".after"))


def _files_read(node: Any, env: Any, path: Any) -> list[Any]:
    """Start files and libraries. SCons asks again when the line was written."""
    # (A link has both lines, and what one says counts for the other.)
    if not str(node).endswith(".before"):
        return []
    stem = str(node).removesuffix(".before")
    words = [word for end in (".before", ".after")
             for word in response_files.parse(files.read(stem + end) or b"")]
    found = inputs.read(CommandLine(words), FileSystem(), look_inside=False)
    return [env.fs.File(from_top(path)) for path in found.files if os.path.isfile(path)]


LINKER_LINES = Scanner(_files_read, "ltogen.LinkerLines", skeys=[".before", ".after"])
