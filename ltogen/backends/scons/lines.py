"""The scanner of linker lines: what they name and the graph does not make, also behind scripts."""

from __future__ import annotations

import os
from typing import Any

import SCons.Node.FS
from SCons.Errors import UserError as SconsError
from SCons.Scanner import ScannerBase as Scanner

from ltogen.backends.scons.paths import from_top
from ltogen.base import files, response_files
from ltogen.clang import flags
from ltogen.linker import driver_words, inputs
from ltogen.linker.command_line import CommandLine
from ltogen.linker.file_system import FileSystem
from ltogen.model.action import Action, Arguments

LINE = "LTOGEN_LINE"  # the variable with what stands between the driver's words
_TOLD = ("-L", "-l", "--sysroot")  # what a driver hands over of its own words


def is_line(path: str) -> bool:
    """Whether a file has the words that a driver puts around a link's inputs."""
    return path.endswith((".before", ".after"))


def between(action: Action) -> str:
    """What a link has between the driver's words, as a response file's text."""
    file = action.command.response
    if not isinstance(file, Arguments):
        return response_files.one_line(file.words) if file else ""
    if "--write" in file.words:
        return file.words[file.words.index("--write") + 2]
    return response_files.one_line([f"@{path}" for path in action.inputs])


def read(action: Action, asked: Action | None, fs: Any) -> inputs.Inputs:
    """What a link reads whose driver was not asked yet, which is what `asked` does."""
    words = asked.argv() if asked else ("--",)
    driver = words[words.index("--") + 1:]
    line = CommandLine([*(word for group in flags.groups(driver) for word in group
                          if group[0].startswith(_TOLD)), *_expanded(between(action))])
    line.arguments += driver_words.scripts(driver)
    return inputs.read(line, FileSystem(made=_Made(fs)), look_inside=False)


class _Made:
    """What the run makes and is not there yet."""

    def __init__(self, fs: Any) -> None:
        self._fs = fs

    def __contains__(self, path: object) -> bool:
        try:
            node = self._fs._lookup(from_top(str(path)), None, SCons.Node.FS.Entry, False)
        except SconsError:
            return False
        return bool(node.has_builder()) and not os.path.exists(str(path))


def _files_read(node: Any, env: Any, path: Any) -> list[Any]:
    """Start files, libraries, scripts and what they name. SCons asks again when one was made."""
    # (A link has both lines, and what one says counts for the other.)
    if not str(node).endswith(".before"):
        return []
    stem = str(node).removesuffix(".before")
    own = f"{os.path.dirname(os.path.dirname(stem))}/"
    line = (word for word in _expanded(env[LINE].replace("$$", "$"))
            if not word.startswith(own))
    made = _Made(env.fs)
    words = [*_words(f"{stem}.before"), *line, *_words(f"{stem}.after")]
    found = inputs.read(CommandLine(words), FileSystem(made=made), look_inside=False)
    return [env.fs.File(from_top(path)) for path in found.files
            if path in made or os.path.isfile(path)]


def _words(path: str) -> list[str]:
    return response_files.parse(files.read(path) or b"")


def _expanded(text: str) -> list[str]:
    return [inner for word in response_files.words(text)
            for inner in (_words(word[1:]) if word.startswith("@") else [word])]


def _afresh(env: Any, folder: Any, target: Any, source: Any) -> tuple[object]:
    """What SCons keeps an answer by: a script may have been made since the last one."""
    return (object(),)


LINKER_LINES = Scanner(_files_read, "ltogen.LinkerLines", skeys=[".before", ".after"],
                       path_function=_afresh)
