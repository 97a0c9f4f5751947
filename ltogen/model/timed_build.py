"""The nouns: a build as jobs with durations."""

from __future__ import annotations

import graphlib

from msgspec import Struct


class Job(Struct, frozen=True):
    """One edge of a manifest, by its first output.

    `needs` are the first outputs of the edges that it waits for; `seconds` is its duration when it
    last ran. A phony edge runs nothing.
    """

    output: str
    rule: str
    seconds: float
    needs: tuple[str, ...] = ()
    pool: str = ""
    phony: bool = False

    @property
    def step(self) -> str:
        """What the job does: the name of a rule begins with it."""
        return self.rule.partition(".")[0]


class TimedBuild(Struct, frozen=True):
    """Jobs in the order of the manifest, and how many jobs of a pool may run at once."""

    jobs: tuple[Job, ...]
    pools: dict[str, int]

    @property
    def work(self) -> float:
        """Seconds of all jobs, one after the other."""
        return sum(job.seconds for job in self.jobs)


def in_order(build: TimedBuild) -> list[Job]:
    """The jobs in topological order: each after those that it waits for."""
    jobs = {job.output: job for job in build.jobs}
    order = graphlib.TopologicalSorter({job.output: job.needs for job in build.jobs})
    return [jobs[output] for output in order.static_order()]
