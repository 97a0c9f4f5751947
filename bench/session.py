"""What the rows share: one toolchain, the number of runs, and zstd built once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench import zstd_tree
from bench.baseline import ByHand
from bench.edits.ways import Subject, Ways, ways
from bench.graph import Graph
from bench.many import Many
from bench.places import WORK, need_package, need_sources


@dataclass(frozen=True, slots=True)
class Zstd:
    """zstd, built in both ways from one tree of sources."""

    project: Path
    graph: Graph
    by_hand: ByHand  # with a warm cache


@dataclass
class Session:
    """One run of the benchmarks."""

    kind: str  # of toolchain
    runs: int
    work: Path = WORK
    edits: int = 30  # of each kind
    seed: int = 1
    _built: dict[str, Ways] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Everything that is built for this toolchain."""
        return self.work / self.kind

    @cached_property
    def project(self) -> Path:
        """zstd's project file beside a copy of its sources."""
        need_sources()
        return zstd_tree.copy(self.folder / "zstd")

    @cached_property
    def zstd(self) -> Zstd:
        """zstd, up to date in both ways."""
        graph = self.graph("zstd-ours")
        by_hand = ByHand(graph, self.folder / "zstd-cached", cache=True)
        graph.configure()
        graph.ninja()
        by_hand.configure()
        by_hand.ninja()
        return Zstd(self.project, graph, by_hand)

    def built(self, subject: Subject) -> Ways:
        """A project that is edited, up to date in all ways, its sources as they were fetched."""
        if subject.name in self._built:
            return self._built[subject.name].restore()
        need_package(subject.tree.source)
        built = ways(subject, self.folder / "edits" / subject.name, self.kind).build()
        self._built[subject.name] = built
        return built

    @cached_property
    def many(self) -> Many:
        """Ten thousand small modules as bitcode."""
        many = Many(self.folder / "many", self.kind)
        many.prepare()
        return many

    def graph(self, name: str) -> Graph:
        """A build directory of zstd."""
        return Graph(self.project, self.folder / name, self.kind)
