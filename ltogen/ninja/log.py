"""Ninja's build log: the last duration of each output."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

FILE_NAME = ".ninja_log"
VERSIONS = (5, 6, 7)
_HEADER = "# ninja log v"
_DIGITS = 15  # of a time in milliseconds; more are none


class LogError(Exception):
    """The log cannot be used; the text says why."""


class BuildLog(Struct, frozen=True):
    """The log of one build directory. `seconds` maps each output to its last duration."""

    version: int
    seconds: dict[str, float]


def read(path: Path) -> BuildLog | None:
    """The log at `path`; None if there is none yet.

    All supported versions have the same columns: start and end in milliseconds, modification time,
    output, command hash. Raises LogError for any other content.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise LogError(f"cannot read: {error.strerror}") from None
    if not text:
        return None
    header, _, body = text.partition("\n")
    number = header.removeprefix(_HEADER)
    if header == number or not re.fullmatch(r"[0-9]{1,9}", number):
        raise LogError("not a Ninja log")
    if int(number) not in VERSIONS:
        raise LogError(f"version {number} is unknown")
    # Not splitlines(): what Python takes for a line break can be a part of a name.
    lines = body.removesuffix("\n").split("\n") if body else []
    try:
        return BuildLog(int(number), dict(map(_entry, lines)))
    except ValueError:
        raise LogError("damaged") from None


def last_entries(path: Path) -> dict[str, str]:
    """Each output's last entry in the log, as text: another entry means another run.

    Empty for a log that cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return {}
    lines = (line.split("\t", 4) for line in text.split("\n"))
    return {line[3]: "\t".join(line) for line in lines if len(line) > 4}


def _entry(line: str) -> tuple[str, float]:
    start, end, _, output, _ = line.split("\t")
    if max(len(start), len(end)) > _DIGITS:
        raise ValueError
    return output, (int(end) - int(start)) / 1000
