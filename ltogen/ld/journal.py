"""`LTOGEN_LOG`: a line for each link, that says what became of it."""

from __future__ import annotations

import os
import sys
import time


def note(output: str, what: str, started: float | None = None) -> None:
    """Append a line; `started` is when the link began, on the monotonic clock, in seconds."""
    place = os.environ.get("LTOGEN_LOG", "")
    if not place:
        return
    took = "" if started is None else f" ({time.monotonic() - started:.2f} s)"
    line = f"{os.path.abspath(output)}: {what}{took}\n"
    if place == "-":
        sys.stderr.write(line)
        return
    try:
        with open(place, "a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(line)  # one short write: links that run at once do not mix
    except OSError as error:
        print(f"ld.ltogen: warning: LTOGEN_LOG: {place}: {error.strerror}", file=sys.stderr)
