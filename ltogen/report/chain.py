"""What no number of workers could make shorter."""

from __future__ import annotations

from ltogen.model.timed_build import Job, TimedBuild, in_order


def longest(build: TimedBuild) -> tuple[Job, ...]:
    """The jobs that have to run one after the other, of all such rows the slowest."""
    seconds: dict[str, float] = {}
    before: dict[str, Job] = {}
    jobs = {job.output: job for job in build.jobs}
    for job in in_order(build):
        slowest = max(job.needs, key=seconds.__getitem__, default=None)
        seconds[job.output] = job.seconds + (seconds[slowest] if slowest else 0.0)
        if slowest:
            before[job.output] = jobs[slowest]
    last = max(build.jobs, key=lambda job: seconds[job.output], default=None)
    row: list[Job] = []
    while last is not None:
        row.append(last)
        last = before.get(last.output)
    return tuple(reversed(row))
