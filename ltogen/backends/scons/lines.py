"""The scanner of linker lines: what they name and the graph does not make."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from SCons.Scanner import ScannerBase as Scanner

from ltogen.backends.scons.paths import from_top
from ltogen.base import files, response_files


def is_line(path: str) -> bool:
    """Whether a file has the words that a driver puts around a link's inputs."""
    return path.endswith((".before", ".after"))


def _named_files(node: Any, env: Any, path: Any) -> list[Any]:
    """Start files and libraries. SCons asks again when the line was written."""
    if not is_line(str(node)):
        return []
    words = _words(str(node))
    # The folders may stand before the inputs, and the libraries behind them.
    stem = str(node).rpartition(".")[0]
    around = (*_words(f"{stem}.before"), *_words(f"{stem}.after"))
    folders = [word[2:] for word in around if word.startswith("-L")]
    paths = []
    for word in words:
        if word.startswith("-l:"):
            paths.append(_first(f"{folder}/{word[3:]}" for folder in folders))
        elif word.startswith("-l"):
            paths.append(_first(f"{folder}/lib{word[2:]}{end}" for folder in folders
                                for end in (".so", ".a")))
        elif word[:1] != "-":
            paths.append(_first((word,)))
    return [env.fs.File(from_top(path)) for path in dict.fromkeys(paths) if path]


def _words(path: str) -> list[str]:
    return response_files.parse(files.read(path) or b"")


def _first(paths: Iterable[str]) -> str:
    return next(filter(os.path.isfile, paths), "")


LINKER_LINES = Scanner(_named_files, "ltogen.LinkerLines", skeys=[".before", ".after"])
