"""Divides work on many files among processes: most of it waits for system calls."""

from __future__ import annotations

import marshal
import os

from ltogen.base import processes
from ltogen.base.errors import StepError

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Below this number a second process takes longer to make than it saves.
_WORTH_A_PROCESS = 1000


def share_out(items: Sequence[str],
              work: Callable[[Sequence[str]], list[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """Call `work` on parts of `items` in parallel; the parts must not depend on each other.

    Returns what it returned, in the order of the items. Raises StepError if a part failed; that
    part has printed why.
    """
    workers = min(processes.at_once(), len(items) // _WORTH_A_PROCESS) or 1
    size = -(-len(items) // workers)
    children = [_fork(items[start:start + size], work) for start in range(size, len(items), size)]
    try:
        found = work(items[:size])
    finally:
        statuses = [os.waitpid(child, 0)[1] for child, _ in children]
    if any(statuses):
        raise StepError("")
    for _, result in children:
        found += marshal.loads(processes.content(result))
    return found


def _fork(part: Sequence[str],
          work: Callable[[Sequence[str]], list[tuple[str, ...]]]) -> tuple[int, int]:
    """A process that works, and the file for what it returns."""
    result = os.memfd_create("result", os.MFD_CLOEXEC)
    child = os.fork()
    if child:
        return child, result
    status = 1
    try:
        with os.fdopen(result, "wb") as file:
            marshal.dump(work(part), file)
        status = 0
    except OSError as error:
        os.write(2, f"ltogen: {error.filename}: {error.strerror}\n".encode())
    finally:
        os._exit(status)
