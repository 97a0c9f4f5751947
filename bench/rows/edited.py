"""Builds after random edits, against in-process ThinLTO with a warm cache and against plain -O2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

from bench.edits.draw import Drawn, Fits
from bench.edits.imports import Imports
from bench.edits.ways import LLD, PLAIN, SUBJECTS, ZSTD, Measured, Subject, edited
from bench.session import Session
from bench.table import Row, at_most, timed

_LLD_AIM, _PLAIN_AIM, _SHARED_AIM, _COMMENT_AIM = 0.8, 2.0, 0.6, 1.1
_MANY = 5
_KINDS = ("constant", "text", "unused", "comment")
_AGAINST = {LLD: "lld, warm cache", PLAIN: "plain -O2"}


def alone_rows(session: Session) -> list[Row]:
    """A statement in a function that nobody imports: one backend is all."""
    return [row for subject in SUBJECTS for row in _alone(session, subject)]


def body_rows(session: Session) -> list[Row]:
    """A statement in any function."""
    rows = []
    for subject in SUBJECTS:
        found = edited(session.built(subject), "body", session.edits, session.seed)
        rows += _against(f"body edit, {subject.name}", found, _LLD_AIM, _PLAIN_AIM)
    return rows


def shared_rows(session: Session) -> list[Row]:
    """A statement in a function of a module that at least five others import from."""
    rows = []
    for subject in SUBJECTS:
        built = session.built(subject)
        found = edited(built, "body", session.edits, session.seed, sources=_shared(built.imports()))
        rows += _against(f"body edit in a module that {_MANY} import from, {subject.name}", found,
                         _SHARED_AIM, None)
    return rows


def kind_rows(session: Session) -> list[Row]:
    """Edits of the other kinds; there is no aim."""
    rows = []
    for subject in SUBJECTS:
        for kind in _KINDS:
            found = edited(session.built(subject), kind, session.edits, session.seed)
            rows += _against(f"{kind} edit, {subject.name}", found, None, None)
    return rows


def comment_rows(session: Session) -> list[Row]:
    """A line of comment in a module with inline assembly, whose place is in the bitcode."""
    found = edited(session.built(ZSTD), "comment", session.edits, session.seed,
                   sources=lambda path: path.endswith("/zstd_compress.c"))
    what = "comment edit, zstd_compress.c"
    return [_backends(f"{what}: backends run", found, 0),
            timed(what, found.pair(PLAIN), _AGAINST[PLAIN], _COMMENT_AIM, found.counts()),
            timed(what, found.pair(LLD), _AGAINST[LLD], None)]


def _shared(imports: Imports) -> Callable[[str], bool]:
    return lambda path: len(imports.by.get(path, ())) >= _MANY


def _alone(session: Session, subject: Subject) -> Iterator[Row]:
    built = session.built(subject)
    found = edited(built, "body", session.edits, session.seed, _nobody(built.imports()))
    what = f"body edit of a function nobody imports, {subject.name}"
    yield _backends(f"{what}: backends run", found, 1)
    yield from _against(what, found, None, None)


def _nobody(imports: Imports) -> Fits:
    def fits(drawn: Drawn) -> bool:
        taken = imports.taken.get(drawn.edit.path, frozenset())
        return drawn.changed - {""} == {drawn.edit.symbol} and not drawn.changed & taken
    return fits


def _against(what: str, found: Measured, lld: float | None, plain: float | None) -> list[Row]:
    return [timed(what, found.pair(LLD), _AGAINST[LLD], lld, found.counts()),
            timed(what, found.pair(PLAIN), _AGAINST[PLAIN], plain)]


def _backends(what: str, found: Measured, aim: int) -> Row:
    """The most that any of the edits ran; lld's are those that its cache did not have."""
    most, theirs = max(found.ours), median(found.lld)
    return Row(what, str(most), f"{theirs:g}", _AGAINST[LLD], most / theirs if theirs else 0.0,
               at_most(aim).replace(".00", ""), most <= aim,
               f"the most of {len(found.ours)} edits; theirs is the median",
               {"ours": found.ours, "theirs": found.lld})
