"""Three ways to build one tree after an edit: ours, in-process ThinLTO with a cache, no LTO."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec

from bench.baseline import ByHand
from bench.edits import store
from bench.edits.draw import Draw, Fits
from bench.edits.imports import Imports, imports
from bench.graph import Graph
from bench.places import fresh
from bench.process import Run
from bench.timing import Pair, Step, in_turn
from bench.tree import Copy, Tree

OURS, LLD, PLAIN = "ours", "lld", "plain"


class Subject(msgspec.Struct, frozen=True):
    """A project that is edited, its program, and what a link by hand says besides."""

    name: str
    tree: Tree
    product: str
    link: tuple[str, ...] = ("-pthread",)
    cxx: bool = False
    level: tuple[str, str] = ("", "")  # in the project file: what it says, and what -O2 is there


ZSTD = Subject("zstd", Tree("bench/zstd", "zstd"), "out/zstd",
               level=('optimize = "3"', 'optimize = "2"'))
LEVELDB = Subject("leveldb", Tree("bench/leveldb", "leveldb"), "out/db_bench",
                  ("-pthread", "-lgmock", "-lgtest"), cxx=True)
SUBJECTS = (ZSTD, LEVELDB)


class Ways(msgspec.Struct, frozen=True):
    """One copy of the sources, and a build folder for each way; all with -O2."""

    subject: Subject
    copy: Copy
    ours: Graph
    lld: ByHand
    plain: ByHand

    def build(self) -> Ways:
        """All from nothing."""
        fresh(self.ours.build.parent / "store")
        for way in (self.ours, self.lld, self.plain):
            way.configure()
            way.ninja()
        return self

    def restore(self) -> Ways:
        """The sources as they were fetched, and all up to date."""
        self.copy.restore()
        for way in (self.ours, self.lld, self.plain):
            way.ninja()
        return self

    def draw(self, seed: int) -> Draw:
        """Edits of the sources, by the compiles of our build."""
        return Draw(self.copy.source, self.ours.build, self.ours.compilations(), seed)

    def imports(self) -> Imports:
        """Who imports what, by lld's own word; links once in process."""
        return imports(self.lld)


def ways(subject: Subject, folder: Path, kind: str) -> Ways:
    """The ways in a folder, which is emptied; nothing is built."""
    copy = subject.tree.copy(fresh(folder) / "tree")
    if subject.level[0]:
        copy.rewrite(*subject.level)
    graph = Graph(copy.project, folder / OURS, kind, store.at(folder / "store"))

    def by_hand(name: str, lto: str, cache: bool) -> ByHand:
        return ByHand(graph, folder / name, cache, lto, level="2", link=subject.link,
                      cxx=subject.cxx)

    return Ways(subject, copy, graph, by_hand(LLD, "thin", True), by_hand(PLAIN, "none", False))


class Measured(msgspec.Struct, frozen=True):
    """What a series of edits took, by way, with the backends that ran in ours and in lld."""

    runs: dict[str, tuple[Run, ...]]
    ours: tuple[int, ...]
    lld: tuple[int, ...]

    def pair(self, against: str) -> Pair:
        """Ours and another way."""
        return Pair(self.runs[OURS], self.runs[against])

    def counts(self) -> str:
        """`1 or 2 backends run (lld: 7)`, by medians and the most."""
        return (f"backends run: median {median(self.ours):g}, most {max(self.ours)} "
                f"(lld: {median(self.lld):g}, {max(self.lld)})")


def series(ways: Ways, count: int, prepare: Callable[[int], None],
           names: tuple[str, ...] = (OURS, LLD, PLAIN)) -> Measured:
    """Prepare (untimed) and build, `count` times, in the ways that are named."""
    found: list[int] = []
    ran: list[int] = []

    def ours() -> Run:
        done = ways.ours.ninja()
        ran.append(store.backends(ways.ours, done))
        return done

    def lld() -> Run:
        before = _cached(ways)
        done = ways.lld.ninja()
        found.append(len(_cached(ways) - before))
        return done

    steps: dict[str, Step] = {OURS: ours, LLD: lld, PLAIN: ways.plain.ninja}
    runs = in_turn(count, prepare, {name: steps[name] for name in names})
    return Measured(runs, tuple(ran), tuple(found))


def edited(ways: Ways, kind: str, count: int, seed: int, fits: Fits = lambda _: True,
           sources: Callable[[str], bool] = lambda _: True) -> Measured:
    """Random edits, each on top of those before it."""
    draw = ways.draw(seed)

    def prepare(number: int) -> None:
        draw.edit(kind, number, fits, sources).edit.apply()

    return series(ways, count, prepare)


def _cached(ways: Ways) -> set[str]:
    return {path.name for path in (ways.lld.build / "cache").glob("llvmcache-*")}
