"""How long a build would take whose backends run on other machines."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from ltogen.model.timed_build import Job, TimedBuild
from ltogen.report import critical_path, simulation

HERE, THERE = "here", "there"
BACKEND = "lto"  # how rules of backends are called
# Seconds of a processor here for one backend: its edge, and its share of the client process.
CLIENT = 0.015
# A server is asked whether it has the result, what it lacks of the inputs, for the inputs, and for
# the execution.
_ROUND_TRIPS = 4


class Elsewhere(Struct, frozen=True):
    """One forecast; all times are in seconds. `limit` says what the bound is."""

    here: int
    there: int
    latency: float
    makespan: float
    bound: float
    limit: str


def forecast(build: TimedBuild, here: int, there: int, latency: float) -> Elsewhere:
    """The build with `here` processors, and as many workers `there`.

    `latency` are the seconds of one way to the server and back.
    """
    parted = TimedBuild(tuple(_parted(build, latency)), {HERE: here, THERE: there})
    makespan = simulation.makespan(parted, here + there)
    bounds = {
        "critical path": sum(job.seconds for job in critical_path.of(parted)),
        "work here": _work(parted, HERE) / here,
        "work there": _work(parted, THERE) / there,
    }
    limit = max(bounds, key=lambda name: bounds[name])
    return Elsewhere(here, there, latency, makespan, bounds[limit], limit)


def _parted(build: TimedBuild, latency: float) -> Iterator[Job]:
    """The jobs by where they run; a backend is asked for here, and then runs there."""
    for job in build.jobs:
        if job.phony or job.step != BACKEND:
            yield replace(job, pool=HERE)
            continue
        asked = f"{job.output} (asked)"
        yield Job(asked, job.rule, CLIENT, job.needs, HERE)
        yield replace(job, needs=(asked,), pool=THERE,
                      seconds=job.seconds + _ROUND_TRIPS * latency)


def _work(build: TimedBuild, pool: str) -> float:
    return sum(job.seconds for job in build.jobs if job.pool == pool)

