"""How long a build would take with some number of workers, by the rule of Ninja 1.12 and later.

Of the ready jobs, the one with the longest critical path starts first, counted in jobs and not in
seconds; a tie goes to the one that the manifest has first. A pool holds back the jobs that would
exceed its depth.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict

from ltogen.model.timed_build import Job, TimedBuild, in_order

_Priority = tuple[int, int]  # the least is first


def makespan(build: TimedBuild, workers: int) -> float:
    """Seconds from the first job to the end of the last."""
    return max((start + job.seconds for job, start in schedule(build, workers)), default=0.0)


def schedule(build: TimedBuild, workers: int) -> list[tuple[Job, float]]:
    """The jobs that run a command in the order in which they start, with start times in seconds."""
    return _Run(build, workers).schedule()


class _Run:
    def __init__(self, build: TimedBuild, workers: int) -> None:
        self._jobs, self._pools, self._idle = build.jobs, build.pools, workers
        places = {job.output: place for place, job in enumerate(build.jobs)}
        self._behind: dict[int, list[int]] = defaultdict(list)
        for place, job in enumerate(build.jobs):
            for need in job.needs:
                self._behind[places[need]].append(place)
        self._missing = [len(job.needs) for job in build.jobs]  # what each still waits for
        # Jobs in the critical path that begins with each; phony ones do not count.
        self._length = [0] * len(build.jobs)
        for job in reversed(in_order(build)):
            place = places[job.output]
            behind = (self._length[one] for one in self._behind[place])
            self._length[place] = (not job.phony) + max(behind, default=0)
        self._ready: list[_Priority] = []
        self._held: dict[str, list[_Priority]] = defaultdict(list)
        self._used: Counter[str] = Counter()
        self._running: list[tuple[float, int]] = []
        self._started: list[tuple[Job, float]] = []

    def schedule(self) -> list[tuple[Job, float]]:
        """Run everything."""
        # (What is ready at the start, a pool chooses from when it knows all of it.)
        for place, missing in enumerate(self._missing):
            if not missing:
                self._add(place)
        for pool in self._pools:
            self._release(pool)
        now = 0.0
        while self._start(now):
            now, place = heapq.heappop(self._running)
            self._idle += 1
            self._finish(place)
        return self._started

    def _add(self, place: int) -> None:
        pool = self._jobs[place].pool
        priority = (-self._length[place], place)
        if pool in self._pools:
            heapq.heappush(self._held[pool], priority)
        else:
            heapq.heappush(self._ready, priority)

    def _release(self, pool: str) -> None:
        while self._held.get(pool) and self._used[pool] < self._pools[pool]:
            self._used[pool] += 1
            heapq.heappush(self._ready, heapq.heappop(self._held[pool]))

    def _start(self, now: float) -> bool:
        """Start every job that can run; whether any runs."""
        while self._ready and self._idle:
            _, place = heapq.heappop(self._ready)
            if self._jobs[place].phony:
                self._finish(place)
            else:
                self._idle -= 1
                self._started.append((self._jobs[place], now))
                heapq.heappush(self._running, (now + self._jobs[place].seconds, place))
        return bool(self._running)

    def _finish(self, place: int) -> None:
        pool = self._jobs[place].pool
        if pool in self._pools:
            self._used[pool] -= 1
            self._release(pool)
        for behind in self._behind[place]:
            self._missing[behind] -= 1
            if not self._missing[behind]:
                self._add(behind)
                self._release(self._jobs[behind].pool)
