"""The noun: a backend that an edge asks for, as the command that would make the object here."""

from __future__ import annotations

import os
from collections.abc import Sequence

from msgspec import Struct

from ltogen.base import files
from ltogen.steps import keys

_INDEX = "-fthinlto-index="
# Options of cutoff.sh that only say how the object is kept, and what is said if there is none.
_HARMLESS = ("--code", "--explain", "--given")


class Asked(Struct, frozen=True):
    """One backend; paths are relative to `folder`.

    `words` are those of the compiler, without bitcode, index and output. `here` is the whole
    command.
    """

    folder: str
    key_file: str
    store: str
    output: str
    words: tuple[str, ...]
    bitcode: str
    index: str
    here: tuple[str, ...]
    given: tuple[str, ...] = ()  # files of which the key says what was in them

    def path(self, name: str) -> str:
        """A path for this process."""
        return os.path.join(self.folder, name)

    def key(self) -> keys.Key | None:
        """What the object depends on; None for a module that the thin link did not take."""
        return keys.parse(files.read(self.path(self.key_file)))

    def is_current(self) -> bool:
        """Whether the key still says what is in the files."""
        written = os.stat(self.path(self.key_file)).st_mtime_ns
        return all(os.stat(self.path(name)).st_mtime_ns <= written for name in self.given)


def parse(folder: str, command: Sequence[str]) -> Asked | None:
    """The backend that a command of `lower.commands.backend` is; None for one that must run here.

    That is one which writes more than the object, or needs more than one program.
    """
    options, rest = _options(command)
    if not options or not rest:
        return None
    output, *words = rest
    said = dict(options)
    named = next((word for word in words if word.startswith(_INDEX)), "")
    if not named or words[-1] != "-o" or words[:1] == ["sh"]:
        return None
    at = words.index(named)
    return Asked(folder, said["--key"], said.get("--store", ""), output,
                 (*words[:at - 1], *words[at + 1:-1]), words[at - 1], named.removeprefix(_INDEX),
                 tuple(command), tuple(value for name, value in options if name == "--given"))


def _options(command: Sequence[str]) -> tuple[list[tuple[str, str]], Sequence[str]]:
    """The options of cutoff.sh, and the words behind them; none where one changes what is made."""
    found: list[tuple[str, str]] = []
    rest = command[2:]
    while rest and rest[0].startswith("--"):
        if rest[0] not in (*_HARMLESS, "--key", "--store"):
            return [], ()
        found.append((rest[0], rest[1]))
        rest = rest[2:]
    return (found, rest) if "--key" in dict(found) else ([], ())
