"""What became of a link, in a line: in the file `LTOGEN_LOG`, and on a terminal."""

from __future__ import annotations

import os
import sys
import time

_PROGRAM = os.path.basename(sys.argv[0])  # as the user knows it


def note(output: str, what: str, started: float | None = None) -> None:
    """Say what became of a link, which began at `started` of the monotonic clock, in seconds."""
    took = "" if started is None else f" ({time.monotonic() - started:.2f} s)"
    _tell_terminal(f"{output}: {what}{took}")
    append(f"{os.path.abspath(output)}: {what}{took}\n")


def _tell_terminal(line: str) -> None:
    # (Python has no stream for a descriptor that is closed.)
    if sys.stderr is not None and sys.stderr.isatty():
        print(f"{_PROGRAM}: {line}", file=sys.stderr)


def append(line: str) -> None:
    """Add a line to the file `LTOGEN_LOG`."""
    place = os.environ.get("LTOGEN_LOG", "")
    if not place:
        return
    if place == "-":
        if sys.stderr is not None and not sys.stderr.isatty():
            sys.stderr.write(line)
        return
    try:
        with open(place, "a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(line)  # one short write: links that run at once do not mix
    except OSError as error:
        print(f"{_PROGRAM}: warning: LTOGEN_LOG: {place}: {error.strerror}", file=sys.stderr)
