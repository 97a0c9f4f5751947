"""The critical path of a build: its jobs bound the build's time for any number of workers."""

from __future__ import annotations

from ltogen.model.timed_build import Job, TimedBuild, in_order


def of(build: TimedBuild) -> tuple[Job, ...]:
    """The jobs of the critical path, in the order in which they run.

    Each waits for the one before; of all such paths this one takes the most seconds.
    """
    seconds: dict[str, float] = {}
    before: dict[str, Job] = {}
    jobs = {job.output: job for job in build.jobs}
    for job in in_order(build):
        slowest = max(job.needs, key=seconds.__getitem__, default=None)
        seconds[job.output] = job.seconds + (seconds[slowest] if slowest else 0.0)
        if slowest:
            before[job.output] = jobs[slowest]
    last = max(build.jobs, key=lambda job: seconds[job.output], default=None)
    path: list[Job] = []
    while last is not None:
        path.append(last)
        last = before.get(last.output)
    return tuple(reversed(path))
