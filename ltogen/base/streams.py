"""Standard streams that the caller has closed, as `2>&-` does."""

from __future__ import annotations

import os
import sys


def open_missing() -> None:
    """Open what is closed on nothing: a file opened later would take its number, and what is said.

    Call it before any file is opened.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            os.set_inheritable(number, True)
    # (Python has None for a stream that was closed when it started.)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
