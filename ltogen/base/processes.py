"""Runs one program to its end, without the start-up time of `subprocess`."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Callable

# From here on a status says that a signal ended the program, or one that it waited for.
KILLED = 128
_INTERVAL = 0.05  # seconds between two looks at a process


def run(command: list[str], watch: Callable[[int], None] | None = None,
        **environment: str) -> tuple[int, bytes, bytes]:
    """Status, standard output and standard error of `command`, with additions to the environment.

    Both streams go through files in memory: no pipe and no disk can fill up. The status is 128 and
    the signal for a program that was killed. `watch` is called with the process while it runs.
    """
    streams = [os.memfd_create(name) for name in ("out", "err")]
    actions = [(os.POSIX_SPAWN_DUP2, stream, number) for number, stream in enumerate(streams, 1)]
    process = os.posix_spawnp(command[0], command, {**os.environ, **environment},
                              file_actions=actions)
    ended, status = os.waitpid(process, os.WNOHANG if watch else 0)
    while watch and not ended:
        watch(process)
        time.sleep(_INTERVAL)
        ended, status = os.waitpid(process, os.WNOHANG)
    code = os.waitstatus_to_exitcode(status)
    out, err = map(content, streams)
    return (code if code >= 0 else KILLED - code), out, err


def at_once() -> int:
    """How many processes run at once by default: the number of processors that this one may use."""
    return len(os.sched_getaffinity(0))


def content(descriptor: int) -> bytes:
    """The content of a file in memory, which is then closed."""
    with open(descriptor, "rb") as file:
        file.seek(0)
        return file.read()
