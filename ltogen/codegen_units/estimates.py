"""Estimates of a build with whole sources, or with costly ones cut into codegen units.

A whole source is optimised once instead of once for each of its units. A source that is cut has to
be compiled to IR and cut first. What a job does says the name of its rule, and which module it
works on, the jobs that it waits for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from ltogen.codegen_units import partition
from ltogen.model.timed_build import Job, TimedBuild

# Of the seconds that a source takes to be optimised whole, as measured with sqlite3.
_TO_IR, _CUTTING = 0.12, 0.07
_STEP = 0.07  # seconds of a step that cuts nothing


def whole(build: TimedBuild) -> TimedBuild:
    """The build with every source whole."""
    firsts = dict(_joined(build))
    groups: dict[str, list[Job]] = defaultdict(list)
    for job in build.jobs:
        groups[firsts.get(job.output, job.output)].append(job)
    return TimedBuild(tuple(_one(output, jobs, firsts) for output, jobs in groups.items()),
                      build.pools)


def _joined(build: TimedBuild) -> Iterator[tuple[str, str]]:
    """Jobs of a cut source by output, each with the first of those that are one job when whole."""
    firsts: dict[tuple[str, str], str] = {}
    modules: dict[str, str] = {}  # the cut behind a unit's bitcode
    for job in build.jobs:
        if job.step == "cut":
            yield job.output, job.needs[0]
        elif job.step == "unit":
            modules[job.output] = job.needs[0]
            yield job.output, firsts.setdefault(("unit", job.needs[0]), job.output)
    for job in build.jobs:
        if job.step == "lto":
            for need in job.needs:
                if need in modules:
                    link = job.rule.rpartition(".")[0]
                    yield job.output, firsts.setdefault((link, modules[need]), job.output)


def _one(output: str, jobs: list[Job], firsts: dict[str, str]) -> Job:
    seconds = sum(job.seconds for job in jobs if job.step != "cut")
    needs = dict.fromkeys(firsts.get(need, need) for job in jobs for need in job.needs)
    needs.pop(output, None)  # (the step that cuts IR waits for the compile: both are one job here)
    return replace(jobs[0], output=output, seconds=seconds, needs=tuple(needs))


def cut(build: TimedBuild, workers: int) -> tuple[TimedBuild, int]:
    """The build with every source cut that takes more than a worker's share, and their number."""
    compiles = {job.output for job in build.jobs if job.step == "compile"}
    modules = {job.output: need for job in build.jobs if job.step == "lto"
               for need in job.needs if need in compiles}
    seconds = {job.output: job.seconds for job in build.jobs if job.output in compiles}
    for job in build.jobs:
        if job.output in modules:
            seconds[modules[job.output]] += job.seconds
    share = partition.share(None, list(seconds.values()), build.work, workers)
    counts = {module: count for module, took in seconds.items()
              if (count := partition.number(took, share.seconds)) > 1}
    parts: dict[str, tuple[str, ...]] = {}  # of a job that becomes several
    jobs: list[Job] = []
    for job in build.jobs:
        count = counts.get(modules.get(job.output, job.output), 1)
        jobs += _parts(job, count)
        parts[job.output] = tuple(one.output for one in jobs[-count:])
    return TimedBuild(tuple(replace(job, needs=tuple(
        part for need in job.needs for part in parts.get(need, (need,)))) for job in jobs),
        build.pools), len(counts)


def _parts(job: Job, count: int) -> list[Job]:
    if count == 1:
        return [job]
    seconds = job.seconds
    before: list[Job] = []
    if job.step == "compile":
        ir = Job(f"{job.output}.ll", "ir", seconds * _TO_IR, job.needs, job.pool)
        before = [ir, Job(f"{job.output}.cut", "cut", seconds * _CUTTING + _STEP, (ir.output,))]
        seconds -= ir.seconds
    needs = (before[-1].output,) if before else job.needs
    return [*before, *(replace(job, output=f"{job.output}.unit{number}", seconds=seconds / count,
                               needs=needs) for number in range(count))]
