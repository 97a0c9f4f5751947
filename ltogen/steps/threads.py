"""Limits the threads of one process to the job tokens that it holds.

lld generates the code of each partition in a thread of its own. This takes a token for each further
thread, and binds the threads to as many processors as there are tokens.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

from ltogen.base import processes
from ltogen.jobserver import pool
from ltogen.jobserver.pool import Pool


def run(command: list[str], most: int) -> tuple[int, bytes, bytes]:
    """Like `processes.run`, for a process with up to `most` threads."""
    tokens = pool.join() if most > 1 else None
    if tokens is None:
        return processes.run(command)
    threads = _Threads(tokens, most)
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        return processes.run(command, watch=threads.look)
    finally:
        threads.end()
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # by way of what gives the tokens back


class _Threads:
    def __init__(self, tokens: Pool, most: int) -> None:
        self._pool, self._most = tokens, most
        self._held = b""
        self._processors = sorted(os.sched_getaffinity(0))

    def look(self, process: int) -> None:
        """Take free tokens if some are missing, and bind the threads to that many processors."""
        try:
            threads = os.listdir(f"/proc/{process}/task")
        except OSError:
            return  # it has ended
        wanted = min(len(threads), self._most) - 1
        while len(self._held) < wanted and (token := self._pool.take()):
            self._held += token
        if len(threads) > 1:
            allowed = self._processors[:1 + len(self._held)]
            for thread in threads:
                _keep_to(int(thread), allowed)

    def end(self) -> None:
        """Give all tokens back."""
        if self._held:
            self._pool.give(self._held)
            self._held = b""


def _keep_to(thread: int, processors: list[int]) -> None:
    try:
        os.sched_setaffinity(thread, processors)
    except OSError:
        return  # it has ended
