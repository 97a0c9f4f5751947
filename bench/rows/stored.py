"""What a store costs where it helps nobody, and what stable names of promoted locals cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.edits import store
from bench.edits.sections import sizes
from bench.edits.ways import OURS, SUBJECTS, Subject, ways
from bench.graph import Graph
from bench.places import fresh
from bench.process import Run
from bench.session import Session
from bench.table import Row, at_most, timed
from bench.timing import Pair, side_by_side
from ltogen.model import layout

_COLD_AIM, _DISK_AIM = 1.01, 1.1
_STABLE = "-Wl,-mllvm,-use-source-filename-for-promoted-locals"


def store_rows(session: Session) -> list[Row]:
    """A build from nothing with an empty store, and without one."""
    return [row for subject in SUBJECTS for row in _store(session, subject)]


def name_rows(session: Session) -> list[Row]:
    """lld's names of promoted locals by source file, and by the module's hash."""
    return [row for subject in SUBJECTS for row in _names(session, subject)]


def _store(session: Session, subject: Subject) -> list[Row]:
    folder = session.folder / "edits" / "store"
    with_store = ways(subject, folder, session.kind).ours
    without = Graph(with_store.project, folder / "off", session.kind)

    def prepare(_: int) -> None:
        fresh(folder / "store")
        with_store.configure()
        without.configure()

    pair = side_by_side(session.runs, prepare, with_store.ninja, without.ninja)
    kept, natives = (
        store.disk(part) for part in (folder / "store", folder / OURS / layout.OUT / "native"))
    return [timed(f"cold build, empty store, {subject.name}", pair, "store off", _COLD_AIM,
                  _cpu(pair)),
            Row(f"store's disk, {subject.name}", f"{kept >> 10} KiB", f"{natives >> 10} KiB",
                "natives", kept / natives, at_most(_DISK_AIM), 0 < kept <= _DISK_AIM * natives)]


def _names(session: Session, subject: Subject) -> list[Row]:
    built = ways(subject, session.folder / "edits" / "names", session.kind)
    built.ours.configure()
    hashed = replace(built.lld, cache=False)
    stable = replace(hashed, build=hashed.build.with_name("stable"),
                     link=(*hashed.link, _STABLE))

    def prepare(_: int) -> None:
        hashed.configure()
        stable.configure()

    pair = side_by_side(session.runs, prepare, stable.ninja, hashed.ninja)
    ours, theirs = (_symbols(one.build / "out/product") for one in (stable, hashed))
    return [Row(f"stable names, {subject.name}: .symtab and .strtab", f"{ours} B", f"{theirs} B",
                "lld's names", ours / theirs, "", None),
            timed(f"stable names, {subject.name}: cold build by lld", pair, "lld's names", None,
                  _cpu(pair))]


def _symbols(path: Path) -> int:
    found = sizes(path)
    return found[".symtab"] + found[".strtab"]


def _cpu(pair: Pair) -> str:
    """Of processors: less noise than the clock on the wall."""
    def total(runs: tuple[Run, ...]) -> float:
        return median(run.cpu_seconds for run in runs)

    return f"CPU: {total(pair.ours):.2f} s and {total(pair.theirs):.2f} s"
