"""How many jobs may run, so that their memory stays below a cap.

A job that runs keeps its token. So the pool offers another one only if there is room for one more
job when all running jobs have grown to their full size. That size is estimated from the last jobs
that ended and from those that have stopped growing. Until one has ended, one job runs; then as many
more as have ended, unless a job outgrows all known ones: the size of a new kind of job is unknown.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping

from ltogen.jobserver import processes
from ltogen.jobserver.processes import Process

# Only the last jobs count: links come after compiles, and are of another size.
_REMEMBERED = 24
_GROWTH = 1.05  # less than that is none
_SETTLED = 0.7  # seconds without growth
_RESERVE = 2  # what has settled may still double, if it is larger than what has ended
_LEAST = 1 << 20  # bytes of any job
_OUTGROWN = 1.5  # times the full size that is known
_PRESSURE = 20.0  # per cent of the time that some process waited for memory, over ten seconds


class _Seen:
    """One job: its peak memory in bytes, and when the peak last grew, in seconds."""

    def __init__(self) -> None:
        self.peak = 0
        self.grew = 0.0

    def look(self, size: int, now: float) -> None:
        if size > self.peak * _GROWTH:
            self.grew = now
        self.peak = max(self.peak, size)


class Governor:
    """Keeps one tree of processes below `cap` bytes."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._seen: dict[tuple[int, int], _Seen] = {}
        self._ended: deque[int] = deque(maxlen=_REMEMBERED)
        self._count = 0

    def allowed(self, living: Mapping[int, Process], held: int) -> int:
        """How many jobs may run at once from now on; at least one.

        `living` are the processes under the pool; `held` is the number of tokens that they hold.
        """
        now = time.monotonic()
        used, jobs = self._measure(living, now)
        full = self._full_size(now)
        if not full or self._outgrown(full, now) or self._pressed():
            return max(1, len(jobs))
        # More tokens may be out than there are processes: for jobs that just begin, and threads.
        running = max(len(jobs), held + 1)
        full = max([full, *jobs])
        room = self._cap - used - sum(full - size for size in jobs) - full * (running - len(jobs))
        # Not too many at once: they may be of another kind.
        more = min(int(room // full), max(1, running // 2), 1 + self._count)
        return max(1, running + more)

    def _measure(self, living: Mapping[int, Process], now: float) -> tuple[int, list[int]]:
        """Bytes of the whole tree, and of each job: a process without children."""
        sizes = {number: processes.memory(number) for number in living}
        jobs = living.keys() - {process.parent for process in living.values()}
        keys = {(number, living[number].started): sizes[number] for number in jobs}
        for key in self._seen.keys() - keys.keys():
            self._ended.append(self._seen.pop(key).peak)
            self._count += 1
        for key, size in keys.items():
            self._seen.setdefault(key, _Seen()).look(size, now)
        return sum(sizes.values()), list(keys.values())

    def _full_size(self, now: float) -> int:
        """Bytes that the next job is expected to take; 0 if unknown."""
        known = max(self._ended, default=0) * _GROWTH
        # What is no larger than those that have ended is one of their kind: it has its full size.
        settled = [job.peak * (1 if job.peak <= known else _RESERVE)
                   for job in self._seen.values() if now - job.grew > _SETTLED]
        return max([*self._ended, *settled, _LEAST]) if self._ended or settled else 0

    def _outgrown(self, full: int, now: float) -> bool:
        """Whether a job that still grows is larger than any known size."""
        return any(job.peak > full * _OUTGROWN and now - job.grew <= _SETTLED
                   for job in self._seen.values())

    def _pressed(self) -> bool:
        """Whether the kernel reports memory pressure."""
        try:
            with open("/proc/pressure/memory", encoding="ascii") as file:
                return float(file.readline().split("avg10=")[1].split()[0]) > _PRESSURE
        except (OSError, IndexError, ValueError):
            return False  # it does not say
