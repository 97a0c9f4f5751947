"""The scanner of linker lines: what they name and the graph does not make."""

from __future__ import annotations

import os
from typing import Any

from SCons.Scanner import ScannerBase as Scanner

from ltogen.steps import files, responses


def is_line(path: str) -> bool:
    """Whether a file has the words that a driver puts around a link's inputs."""
    return path.endswith((".before", ".after"))


def _named_files(node: Any, env: Any, path: Any) -> list[Any]:
    """Start files and libraries. SCons asks again when the line was written."""
    if not is_line(str(node)):
        return []
    words = responses.parse(files.read(str(node)) or b"")
    folders = [word[2:] for word in words if word.startswith("-L")]
    paths = [word for word in words if word[:1] == "/"]
    for word in words:
        if word.startswith("-l"):
            places = (f"{folder}/lib{word[2:]}{end}" for folder in folders for end in (".so", ".a"))
            paths += [next(filter(os.path.isfile, places), "")]
    return [env.fs.File(path) for path in dict.fromkeys(paths) if os.path.isfile(path)]


LINKER_LINES = Scanner(_named_files, "ltogen.LinkerLines", skeys=[".before", ".after"])
