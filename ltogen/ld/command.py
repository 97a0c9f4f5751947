"""One command line of the linker: what a graph of it depends on, or why there can be none."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ltogen.ld import options
from ltogen.linker import options as lld_options

_PIE = {"pie": True, "pic-executable": True, "no-pie": False, "no-pic-executable": False}
_STATIC = {"static": True, "Bstatic": True, "dn": True, "non_shared": True,
           "Bdynamic": False, "dy": False, "call_shared": False}


class NotTaken(Exception):
    """This link is lld's own; the text says why. `warn`: the user would want to know."""

    def __init__(self, why: str, *, warn: bool = False) -> None:
        super().__init__(why)
        self.warn = warn


class Command:
    """The words of a link without `-o` and its value, and what they name.

    Not a dataclass: importing that takes as long as lld does for a small program.
    """

    def __init__(self, arguments: list[str]) -> None:
        self.output = "a.out"
        self.words: list[str] = []
        self.inputs: list[str] = []  # paths of objects, archives, libraries and scripts
        self.libraries: list[tuple[str, bool]] = []  # names of `-l`, and whether only static ones
        self.folders: list[str] = []
        self.maps: list[str] = []  # further files that the link writes
        self.depfile = ""
        self._shared = self._pie = self._static = False
        self._states: list[bool] = []
        self._read(expanded(arguments))
        # The names of a compiler's temporary files are others each time.
        self.names = {path: _name(position, path) for position, path in enumerate(self.inputs)}

    def _read(self, words: list[str]) -> None:
        rest = iter(words)
        for word in rest:
            if word[:1] != "-" or word == "-":
                self.words.append(word)
                self.inputs.append(word)
                continue
            value = next(rest, "") if lld_options.takes_next(word) else None
            if not options.takes(word, value or ""):
                raise NotTaken(f"{word} has no equivalent in a graph")
            output = _value(word, value, "o", "output")
            if output:
                self.output = output
                continue
            self._follow(word, value)
            self._note_written(word, value)
            self.words += [word] if value is None else [word, value]

    def _follow(self, word: str, value: str | None) -> None:
        name = lld_options.one_dash(word)[1:]
        library = _value(word, value, "l", "library")
        folder = _value(word, value, "L", "library-path")
        if library:
            self.libraries.append((library, self._static))
        elif folder:
            if folder.startswith(("=", "$SYSROOT")):
                raise NotTaken(f"{word} is a folder in a sysroot")
            self.folders.append(folder)
        elif name == "m" and value and "pe" in value:
            raise NotTaken(f"-m {value} is not ELF")
        elif name == "push-state":
            self._states.append(self._static)
        elif name == "pop-state" and self._states:
            self._static = self._states.pop()
        self._shared |= name in ("shared", "Bshareable")
        self._pie = _PIE.get(name, self._pie)
        self._static = _STATIC.get(name, self._static)

    def _note_written(self, word: str, value: str | None) -> None:
        name, _, joined = lld_options.one_dash(word)[1:].partition("=")
        if name == "dependency-file":
            self.depfile = value or joined
        elif name == "Map":
            self.maps.append(value or joined)

    @property
    def pic(self) -> bool:
        """Whether lld generates position-independent code for it."""
        return self._shared or self._pie

    def candidates(self) -> Iterator[tuple[str, list[str]]]:
        """For each library its name, and where it may lie, in the order of the search."""
        for name, static in self.libraries:
            files = ([name[1:]] if name.startswith(":") else
                     [f"lib{name}.a"] if static else [f"lib{name}.so", f"lib{name}.a"])
            yield name, [f"{folder}/{file}" for folder in self.folders for file in files]


def expanded(words: list[str], within: tuple[str, ...] = ()) -> list[str]:
    """The words with the content of response files in their place."""
    if not any(word[:1] == "@" for word in words):
        return words
    from ltogen.base import response_files

    whole: list[str] = []
    for word in words:
        content = None
        if word[:1] == "@" and word not in within:
            try:
                with open(word[1:], encoding="utf-8", errors="surrogateescape") as file:
                    content = response_files.words(file.read())
            except OSError:
                content = None  # lld takes the word as it is, and so says best what is wrong
        whole += [word] if content is None else expanded(content, (*within, word))
    return whole


def _value(word: str, value: str | None, letter: str, name: str) -> str:
    """What `-oX`, `-o X`, `--output=X` or `--output X` says; empty for another option."""
    option = lld_options.one_dash(word)[1:]
    if option in (letter, name):
        return value or ""
    if option.startswith(f"{name}="):
        return option[len(name) + 1:]
    if word[:2] == f"-{letter}" and not options.is_word(word):
        return word[2:]
    return ""


def _name(position: int, path: str) -> str:
    """What stands for an input where it must be the same in the next run."""
    folder, _, file = path.rpartition("/")
    if is_temporary(folder):
        return f"_temporary/{position}-{file}"
    stem, dash, digits = file.removesuffix(".o").rpartition("-")
    if (dash and len(digits) == 6 and digits.isalnum() and file.endswith(".o")
            and folder in _temporary()):
        return f"_temporary/{position}-{stem}.o"
    return path


def is_temporary(folder: str) -> bool:
    """Whether a folder is one that rustc makes for one link."""
    above, _, name = folder.rpartition("/")
    return name.startswith("rustc") and len(name) == 11 and name.isalnum() and (
        above in _temporary())


def _temporary() -> set[str]:
    named = (os.environ.get(name) for name in ("TMPDIR", "TMP", "TEMP", "TEMPDIR"))
    return {folder.rstrip("/") for folder in (*named, "/tmp", "/var/tmp") if folder}
