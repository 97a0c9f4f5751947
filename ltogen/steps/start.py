"""The start of a step: what it makes is as old as that, and not as its end.

For an output that changed Ninja records the output's own time, and takes every input that is not
newer for one that the command has read.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterable


def now() -> int:
    """The time in nanoseconds, as a file would get it that is written now.

    No clock that a program can read is the file systems' own, so a new pipe says it.
    """
    ends = os.pipe()
    try:
        return os.fstat(ends[0]).st_mtime_ns
    finally:
        for end in ends:
            os.close(end)


def settle(outputs: Iterable[str], inputs: Iterable[str], start: int) -> None:
    """Let the next build run the step again if one of `inputs` was edited since `start`.

    For an output that stays, Ninja 1.10 and samurai record the time that the newest input has after
    the command. So every output becomes a new one.
    """
    if any_edited(inputs, start):
        for path in outputs:
            if os.path.exists(path):
                os.utime(path, ns=(start, start))


def backdate(outputs: Iterable[str], start: int) -> None:
    """Let those of `outputs` that were written since `start` be as old as that."""
    for path in outputs:
        if os.path.exists(path) and os.stat(path).st_mtime_ns > start:
            os.utime(path, ns=(start, start))


def any_edited(inputs: Iterable[str], start: int) -> bool:
    """Whether one of `inputs` is not what it was at the `start`."""
    return any(_edited(path, start) for path in inputs)


def _edited(path: str, start: int) -> bool:
    try:
        return os.stat(path).st_mtime_ns > start
    except OSError:
        return True
