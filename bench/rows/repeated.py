"""Builds of what was built before: an edit made again, a second checkout, another branch."""

from __future__ import annotations

from bench.edits import store
from bench.edits.versions import versions
from bench.edits.ways import LLD, OURS, SUBJECTS, ZSTD, Measured, Subject, Ways, series, ways
from bench.graph import Graph, edges
from bench.places import SOURCES, need_package
from bench.process import Run
from bench.session import Session
from bench.table import Row, timed
from bench.timing import Pair

_AGAIN_AIM, _CHECKOUT_AIM, _BRANCH_AIM = 1.0, 0.6, 1.0
_AGAINST = "lld, warm cache"
_BOTH = (OURS, LLD)


def again_rows(session: Session) -> list[Row]:
    """Made, undone, made again: the third build is measured."""
    rows = []
    for subject in SUBJECTS:
        found = _again(session.built(subject), session)
        rows.append(timed(f"edit made, undone, made again, {subject.name}", found.pair(LLD),
                          _AGAINST, _AGAIN_AIM, found.counts()))
    return rows


def checkout_rows(session: Session) -> list[Row]:
    """The same sources in another folder, with the first one's store, against an empty store."""
    return [row for subject in SUBJECTS for row in _checkout(session, subject)]


def branch_rows(session: Session) -> list[Row]:
    """Two versions of zstd in turn, from the third visit on."""
    built = ways(ZSTD, session.folder / "edits" / "branches", session.kind)
    both = versions(built.copy.source, (SOURCES / "zstd", need_package("zstd-other")),
                    ("lib", "programs"))
    both.switch(0)
    built.build()
    for number in (1, 2, 3):
        both.switch(number % 2)
        _build(built)
    found = series(built, 2 * session.runs, lambda number: both.switch(number % 2), _BOTH)
    return [timed("branch switch, zstd 1.5.4 and the next Debian's, third time",
                  found.pair(LLD), _AGAINST, _BRANCH_AIM, found.counts())]


def _again(built: Ways, session: Session) -> Measured:
    draw = built.draw(session.seed)

    def prepare(number: int) -> None:
        edit = draw.edit("body", number).edit
        for change in (edit.apply, edit.undo, edit.apply):
            _build(built)
            change()

    return series(built, session.edits, prepare, _BOTH)


def _build(built: Ways) -> None:
    built.ours.ninja()
    built.lld.ninja()


def _checkout(session: Session, subject: Subject) -> list[Row]:
    folder = session.folder / "edits" / "checkout"
    cold: list[Run] = []
    warm: list[Run] = []
    ran: list[int] = []
    for _ in range(session.runs):
        first = ways(subject, folder / "first", session.kind)
        kept = store.at(folder / "first" / "store")
        cold.append(_clean(first.ours))
        second = ways(subject, folder / "second", session.kind)
        graph = Graph(second.ours.project, second.ours.build, session.kind, kept)
        warm.append(_clean(graph))
        ran.append(store.backends(graph, warm[-1]))
    most, all_of_them = max(ran), edges(cold[0])["code"]
    what = f"second checkout, {subject.name}"
    return [Row(f"{what}: backends run", str(most), str(all_of_them), "empty store",
                most / all_of_them, "<= 0", most == 0),
            timed(what, Pair(tuple(warm), tuple(cold)), "empty store", _CHECKOUT_AIM)]


def _clean(graph: Graph) -> Run:
    graph.configure()
    return graph.ninja()


