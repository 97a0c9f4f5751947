"""Forecast: the time of a build with some number of workers."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ltogen.codegen_units import estimates
from ltogen.model.timed_build import Job, TimedBuild
from ltogen.report import critical_path, simulation


class Forecast(Struct, frozen=True):
    """Seconds of a clean build: by Ninja's schedule (`makespan`), and the least of any (`bound`).

    `work` is the seconds of all jobs. `codegen_units` says how sources are cut, in words.
    """

    workers: int
    codegen_units: str
    makespan: float
    work: float
    bound: float
    critical_path_seconds: float
    critical_path: tuple[Job, ...]


def forecasts(build: TimedBuild, workers: int) -> Iterator[Forecast]:
    """Forecasts of a build as it is, and with its sources cut, or whole if they were cut."""
    whole = estimates.whole(build)
    is_cut = len(whole.jobs) < len(build.jobs)
    yield _forecast(build, workers, "as built")
    if is_cut:
        yield _forecast(whole, workers, "none")
    else:
        cut, count = estimates.cut(build, workers)
        if count:
            yield _forecast(cut, workers, f"{count} source{'s'[:count > 1]} cut")


def _forecast(build: TimedBuild, workers: int, codegen_units: str) -> Forecast:
    path = critical_path.of(build)
    seconds = sum(job.seconds for job in path)
    return Forecast(workers, codegen_units, simulation.makespan(build, workers), build.work,
                    max(seconds, build.work / workers), seconds, path)
