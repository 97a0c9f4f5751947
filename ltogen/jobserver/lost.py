"""Tokens that died with who held them.

Nobody sees who took a token. But who holds one runs a job for it: a client has at most as many
tokens as it has jobs, or threads. What is out beyond that, for long enough, belongs to nobody.
"""

from __future__ import annotations

import os
import time

from ltogen.jobserver import processes
from ltogen.jobserver.processes import Process
from ltogen.jobserver.tokens import Tokens

# A client that has just taken a token starts its job at once; much sooner than this.
_STEADY = 0.5  # seconds


class Lost:
    """Watches one pool."""

    def __init__(self, tokens: Tokens, root: int) -> None:
        self._tokens, self._root = tokens, root
        ends = (tokens.read, tokens.write)
        self._pipes = frozenset((os.fstat(end).st_dev, os.fstat(end).st_ino) for end in ends)
        self._since: float | None = None
        self._least = 0

    def restore(self) -> None:
        """Look once; put back what was nobody's for a while."""
        missing = self._missing()
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

    def _missing(self) -> int:
        held = self._tokens.held()
        return held - self._accounted() if held > 0 else 0

    def _accounted(self) -> int:
        """How many tokens the living may hold."""
        tree = processes.below(self._root)
        clients = {number for number, process in tree.items()
                   if process.alive and processes.has_open(number, self._pipes)}
        children: dict[int, list[Process]] = {}
        for process in tree.values():
            if process.alive:
                children.setdefault(process.parent, []).append(process)
        return sum(max(_jobs(number, children, clients), tree[number].threads - 1)
                   for number in clients)


def _jobs(client: int, children: dict[int, list[Process]], clients: set[int]) -> int:
    """The ends of the process tree below a client; below another client they are that one's."""
    count = 0
    pending = list(children.get(client, ()))
    while pending:
        process = pending.pop()
        below = [] if process.number in clients else children.get(process.number, [])
        pending += below
        count += not below
    return count
