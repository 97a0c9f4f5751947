"""The nouns: a build as jobs that took some time, and where it is read from."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from ltogen.errors import UserError
from ltogen.read import ninja_log, ninja_manifest
from ltogen.read.ninja_manifest import Edge, Manifest


class Job(Struct, frozen=True):
    """One edge of a manifest, by its first output.

    `needs` are the first outputs of the edges that it waits for; `seconds` is how long it took, the
    last time that it ran. A phony edge runs nothing.
    """

    output: str
    rule: str
    seconds: float
    needs: tuple[str, ...] = ()
    pool: str = ""
    phony: bool = False


class TimedBuild(Struct, frozen=True):
    """Jobs in the order of the manifest, and how many jobs of a pool may run at once."""

    jobs: tuple[Job, ...]
    pools: dict[str, int]

    @property
    def work(self) -> float:
        """Seconds of all jobs, one after the other."""
        return sum(job.seconds for job in self.jobs)


def read(folder: Path, name: str, targets: Sequence[str] = ()) -> TimedBuild:
    """The jobs of `folder/name` that `targets` need, or the default ones.

    Raises UserError for what Ninja would refuse, and for a build that was never made.
    """
    manifest = ninja_manifest.read(folder, name)
    path = folder / manifest.builddir / ninja_log.FILE_NAME
    try:
        log = ninja_log.read(path)
    except ninja_log.LogError as error:
        raise UserError(f"{path}: {error}; build again") from None
    if log is None:
        raise UserError(f"{path}: nothing was built yet, so nothing has a duration; run ninja "
                        "first")
    wanted = _needed(manifest, targets or manifest.defaults or manifest.roots())
    jobs = [_job(edge, manifest, log.seconds) for edge in manifest.edges if edge.made[0] in wanted]
    never = [job.output for job in jobs if not job.phony and job.output not in log.seconds]
    if never:
        raise UserError(f"{path}: {never[0]} was never built"
                        f"{f', and {len(never) - 1} more' if never[1:] else ''}; run ninja first")
    return TimedBuild(tuple(jobs), {pool: depth for pool, depth in manifest.pools.items() if depth})


def in_order(build: TimedBuild) -> list[Job]:
    """The jobs, each behind those that it waits for."""
    jobs = {job.output: job for job in build.jobs}
    order = graphlib.TopologicalSorter({job.output: job.needs for job in build.jobs})
    return [jobs[output] for output in order.static_order()]


def _needed(manifest: Manifest, targets: Iterable[str]) -> set[str]:
    """The first outputs of all edges that some files need."""
    waiting, found = list(targets), set[str]()
    for path in waiting:
        if path not in manifest.makes:
            raise UserError(f"{path}: no target of the manifest")
    while waiting:
        edge = manifest.makes.get(waiting.pop())
        if edge is not None and edge.made[0] not in found:
            found.add(edge.made[0])
            waiting += (*_inputs(edge), *edge.validations)
    return found


def _job(edge: Edge, manifest: Manifest, seconds: dict[str, float]) -> Job:
    producers = (manifest.makes.get(path) for path in _inputs(edge))
    needs = dict.fromkeys(producer.made[0] for producer in producers if producer is not None)
    needs.pop(edge.made[0], None)  # (a file that the edge makes, and names as its own input)
    took = max((seconds.get(path, 0.0) for path in edge.made), default=0.0)
    return Job(edge.made[0], edge.rule, 0.0 if edge.phony else took, tuple(needs), edge.pool,
               edge.phony)


def _inputs(edge: Edge) -> tuple[str, ...]:
    return (*edge.inputs, *edge.implicit, *edge.order_only)
