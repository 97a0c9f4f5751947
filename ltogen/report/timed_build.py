"""Reads a build with durations from its manifest and its log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ltogen.base.errors import UserError
from ltogen.model.timed_build import Job, TimedBuild
from ltogen.ninja import log as ninja_log
from ltogen.ninja import manifest as ninja_manifest
from ltogen.ninja.manifest import Edge, Manifest


def read(folder: Path, name: str, targets: Sequence[str] = ()) -> TimedBuild:
    """The jobs of `folder/name` that `targets` need, or the default ones.

    Raises UserError for a manifest that Ninja would refuse, and if nothing was built yet.
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


def _needed(manifest: Manifest, targets: Iterable[str]) -> set[str]:
    """The first outputs of all edges that the files need."""
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
