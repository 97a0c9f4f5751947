"""How many jobs may run, so that their memory stays below a cap.

A token cannot be taken from a job that runs, so the next one is only offered when what runs, grown
to its full size, leaves room for one more. What a full size is, the last jobs that ended say, and
those that have stopped to grow; until there is one, a job is thought to take a third of all.
"""

from __future__ import annotations

import time
from collections import deque

from ltogen.jobserver import processes

# Only the last jobs count: links come after compiles, and are of another size.
_REMEMBERED = 24
_GROWTH = 1.05  # less than that is none
_SETTLED = 0.7  # seconds without growth
_RESERVE = 2  # what has settled may still double
_LEAST = 1 << 20  # bytes of any job
_PRESSURE = 20.0  # per cent of the time that some process waited for memory, over ten seconds


class _Seen:
    """One job: its most memory, and when that last grew, in seconds."""

    def __init__(self) -> None:
        self.peak = 0
        self.grew = 0.0

    def look(self, size: int, now: float) -> None:
        if size > self.peak * _GROWTH:
            self.grew = now
        self.peak = max(self.peak, size)


class Governor:
    """Holds one tree of processes below `cap` bytes."""

    def __init__(self, cap: int, root: int) -> None:
        self._cap, self._root = cap, root
        self._seen: dict[tuple[int, int], _Seen] = {}
        self._ended: deque[int] = deque(maxlen=_REMEMBERED)

    def allowed(self) -> int:
        """How many jobs may run at once from now on; at least one."""
        used, jobs = self._measure(time.monotonic())
        if self._pressed():
            return max(1, len(jobs))
        full = max(self._full_size(), *jobs, _LEAST) if jobs else self._full_size()
        room = self._cap - used - sum(full - size for size in jobs)
        return max(1, len(jobs) + int(room // full))

    def _measure(self, now: float) -> tuple[int, list[int]]:
        """Bytes of the whole tree, and of each job in it: of what has nobody below it."""
        tree = {number: process for number, process in processes.below(self._root).items()
                if process.alive}
        sizes = {number: processes.memory(number) for number in tree}
        jobs = tree.keys() - {process.parent for process in tree.values()}
        keys = {(number, tree[number].started): sizes[number] for number in jobs}
        for key in self._seen.keys() - keys.keys():
            self._ended.append(self._seen.pop(key).peak)
        for key, size in keys.items():
            self._seen.setdefault(key, _Seen()).look(size, now)
        return sum(sizes.values()), list(keys.values())

    def _full_size(self) -> int:
        """Bytes that the next job is thought to take."""
        now = time.monotonic()
        settled = [job.peak * _RESERVE for job in self._seen.values() if now - job.grew > _SETTLED]
        if not self._ended and not settled:
            return max(self._cap // 3, _LEAST)
        return max([*self._ended, *settled, _LEAST])

    def _pressed(self) -> bool:
        """Whether the kernel says that processes wait for memory."""
        try:
            with open("/proc/pressure/memory", encoding="ascii") as file:
                return float(file.readline().split("avg10=")[1].split()[0]) > _PRESSURE
        except (OSError, IndexError, ValueError):
            return False  # it does not say
