"""What a build would take with some number of workers."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ltogen.codegen_units import estimates
from ltogen.model.timed_build import Job, TimedBuild
from ltogen.report import chain, simulation


class Forecast(Struct, frozen=True):
    """Seconds of a build from nothing: by Ninja's schedule, and what none could beat.

    `row` are the jobs of the longest row that wait for each other; `units` says how sources are
    compiled.
    """

    workers: int
    units: str
    makespan: float
    work: float
    bound: float
    row_seconds: float
    row: tuple[Job, ...]


def forecasts(build: TimedBuild, workers: int) -> Iterator[Forecast]:
    """Of a build as it is, and with other codegen units."""
    whole = estimates.whole(build)
    is_cut = len(whole.jobs) < len(build.jobs)
    yield _forecast(build, workers, "as built")
    if is_cut:
        yield _forecast(whole, workers, "none")
    else:
        cut, count = estimates.cut(build, workers)
        if count:
            yield _forecast(cut, workers, f"{count} source{'s'[:count > 1]} cut")


def _forecast(build: TimedBuild, workers: int, units: str) -> Forecast:
    row = chain.longest(build)
    seconds = sum(job.seconds for job in row)
    return Forecast(workers, units, simulation.makespan(build, workers), build.work,
                    max(seconds, build.work / workers), seconds, row)
