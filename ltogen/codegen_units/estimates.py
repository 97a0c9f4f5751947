"""Estimates of a build with whole sources, or with costly ones cut into codegen units.

A whole source is optimised once instead of once for each of its units. A source that is cut has to
be compiled to IR and cut first.
"""

from __future__ import annotations

import re
from collections import defaultdict

import msgspec

from ltogen.codegen_units import partition
from ltogen.model import layout
from ltogen.model.timed_build import Job, TimedBuild

_UNIT = re.compile(r"\.unit\d+(?=\.(?:o|ll)$)")
_STEPS = ("bitcode", "native")  # that run for each codegen unit
# Of the seconds that a source takes to be optimised whole, as measured with sqlite3.
_TO_IR, _DIVIDING = 0.12, 0.07
_STEP = 0.07  # seconds of a step that divides nothing


def whole(build: TimedBuild) -> TimedBuild:
    """The build with every source whole."""
    groups: dict[str, list[Job]] = defaultdict(list)
    for job in build.jobs:
        groups[_UNIT.sub("", job.output)].append(job)
    return TimedBuild(tuple(_whole(output, jobs) for output, jobs in groups.items()), build.pools)


def _whole(output: str, jobs: list[Job]) -> Job:
    seconds = sum(job.seconds for job in jobs if not job.rule.startswith("cut."))
    needs = dict.fromkeys(_UNIT.sub("", need) for job in jobs for need in job.needs)
    needs.pop(output, None)  # (the step that cuts IR waits for the compile: both are one job here)
    return msgspec.structs.replace(jobs[0], output=output, seconds=seconds, needs=tuple(needs))


def cut(build: TimedBuild, workers: int) -> tuple[TimedBuild, int]:
    """The build with every source cut that takes more than a worker's share, and their number."""
    seconds = _seconds(build)
    share = partition.share(None, list(seconds.values()), build.work, workers)
    counts = {module: partition.number(took, share.seconds) for module, took in seconds.items()}
    counts = {module: count for module, count in counts.items() if count > 1}
    parts: dict[str, tuple[str, ...]] = {}  # of a job that becomes several
    jobs: list[Job] = []
    for job in build.jobs:
        step, module = _step(job)
        count = counts.get(module, 1) if step in _STEPS else 1
        jobs += _parts(job, count)
        parts[job.output] = tuple(one.output for one in jobs[-count:])
    return TimedBuild(tuple(msgspec.structs.replace(job, needs=tuple(
        part for need in job.needs for part in parts.get(need, (need,)))) for job in jobs),
        build.pools), len(counts)


def _seconds(build: TimedBuild) -> dict[str, float]:
    """Seconds of each module: to optimise it, and to compile it for every link."""
    seconds: dict[str, float] = {}
    for job in build.jobs:
        step, module = _step(job)
        if step == "bitcode" and not job.rule.startswith("unit."):
            seconds[module] = job.seconds
    for job in build.jobs:
        step, module = _step(job)
        if step == "native" and module in seconds:
            seconds[module] += job.seconds
    return seconds


def _step(job: Job) -> tuple[str, str]:
    """The step of a job and its module; modules of different graphs differ."""
    out, step, module = layout.step_of(job.output) or ("", "", "")
    return step.partition("/")[0], out + module


def _parts(job: Job, count: int) -> list[Job]:
    if count == 1:
        return [job]
    seconds = job.seconds
    before: list[Job] = []
    if _step(job)[0] == "bitcode":
        ir = Job(f"{job.output}.ll", "ir", seconds * _TO_IR, job.needs, job.pool)
        before = [ir, Job(f"{job.output}.cut", "cut", seconds * _DIVIDING + _STEP, (ir.output,))]
        seconds -= ir.seconds
    needs = (before[-1].output,) if before else job.needs
    return [*before, *(msgspec.structs.replace(
        job, output=f"{job.output}.unit{number}", seconds=seconds / count, needs=needs)
        for number in range(count))]
