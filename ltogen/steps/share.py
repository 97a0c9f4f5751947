"""Divides work on many files among processes: most of it waits for system calls."""

from __future__ import annotations

import os

from ltogen.base import processes
from ltogen.base.errors import StepError

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Below this number a second process takes longer to make than it saves.
_WORTH_A_PROCESS = 1000


def share_out(items: Sequence[str], work: Callable[[Sequence[str]], None]) -> None:
    """Call `work` on parts of `items` in parallel; the parts must not depend on each other.

    Raises StepError if a part failed; that part has printed why.
    """
    workers = min(processes.at_once(), len(items) // _WORTH_A_PROCESS) or 1
    size = -(-len(items) // workers)
    children = [_fork(items[start:start + size], work) for start in range(size, len(items), size)]
    try:
        work(items[:size])
    finally:
        statuses = [os.waitpid(child, 0)[1] for child in children]
    if any(statuses):
        raise StepError("")


def _fork(part: Sequence[str], work: Callable[[Sequence[str]], None]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work(part)
        status = 0
    except OSError as error:
        os.write(2, f"ltogen: {error.filename}: {error.strerror}\n".encode())
    finally:
        os._exit(status)
