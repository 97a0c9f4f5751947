"""The start of a step: what it makes is as old as that, and not as its end.

For an output that changed Ninja records the output's own time, and takes every input that is not
newer for one that the command has read.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterable


_COARSE = 5  # Linux's CLOCK_REALTIME_COARSE, of which file systems take their times


def now() -> int:
    """The time in nanoseconds, as a file would get it that is written now."""
    return time.clock_gettime_ns(_COARSE)


def settle(outputs: Iterable[str], inputs: Iterable[str], start: int) -> None:
    """Let the next build run the step again if one of `inputs` was edited since `start`.

    For an output that stays, Ninja 1.10 and samurai record the time that the newest input has after
    the command. So every output becomes a new one.
    """
    if any_edited(inputs, start):
        for path in outputs:
            if os.path.exists(path):
                os.utime(path, ns=(start, start))


def any_edited(inputs: Iterable[str], start: int) -> bool:
    """Whether one of `inputs` is not what it was at the `start`."""
    return any(_edited(path, start) for path in inputs)


def _edited(path: str, start: int) -> bool:
    try:
        return os.stat(path).st_mtime_ns > start
    except OSError:
        return True
