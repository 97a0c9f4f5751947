"""Finds lost tokens: those whose holder died.

A pool does not know who took a token. But a holder has one job for each token: a process without
children, or a thread. The command itself has one job without a token. If more tokens than that are
held for long enough, the rest are lost.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from ltogen.jobserver import processes
from ltogen.jobserver.processes import Process
from ltogen.jobserver.tokens import Tokens

# A client that has just taken a token starts its job at once; much sooner than this, if it does not
# wait for a processor itself.
_STEADY = 2.0  # seconds


class Lost:
    """Watches one pool for lost tokens."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        ends = (tokens.read, tokens.write)
        self._pipes = frozenset((os.fstat(end).st_dev, os.fstat(end).st_ino) for end in ends)
        self._since: float | None = None
        self._least = 0

    def restore(self, living: Mapping[int, Process], held: int) -> None:
        """Put back the tokens that were lost for a while.

        `living` are the processes under the pool; `held` is the number of tokens held before.
        """
        missing = held - self._accounted(living)
        now = time.monotonic()
        if missing <= 0:
            self._since = None
            return
        if self._since is None:
            self._since, self._least = now, missing
        self._least = min(self._least, missing)
        if now - self._since >= _STEADY:
            self._tokens.restore(self._least)
            self._since = None

    def _accounted(self, living: Mapping[int, Process]) -> int:
        """The number of tokens of live clients: one for each job but the command's own."""
        above = {process.parent for process in living.values()}
        count = -1
        for number, process in living.items():
            is_client = processes.has_open(number, self._pipes)
            if number not in above:
                count += process.threads
            elif is_client:
                count += process.threads - 1
            count += is_client and not process.waits
        return max(count, 0)
