"""Building zstd again after one file was edited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from bench import zstd_tree
from bench.graph import edges
from bench.process import Run
from bench.session import Session
from bench.table import Row, timed
from bench.timing import Pair, side_by_side

_COMMENT_AIM = 0.8
_BODY_AIM = 1.0
_AGAINST = "in-process, warm cache"

_Edit = Callable[[Path, str, int], None]


def comment_rows(session: Session) -> list[Row]:
    """A line of comment: one compile must be all."""
    return [_comment_row(file, _measure(session, file, zstd_tree.edit_comment))
            for file in zstd_tree.BODIES]


def body_rows(session: Session) -> list[Row]:
    """A constant in a function: only backends whose index changed may run."""
    return [_body_row(file, _measure(session, file, zstd_tree.edit_body))
            for file in zstd_tree.BODIES]


def _measure(session: Session, file: str, edit: _Edit) -> Pair:
    zstd = session.zstd
    return side_by_side(session.runs, lambda number: edit(zstd.project, file, number),
                        zstd.graph.ninja, zstd.by_hand.ninja)


def _comment_row(file: str, pair: Pair) -> Row:
    ran = [edges(done) for done in pair.ours]
    alone = all(one == {"compile": 1} for one in ran)
    note = "1 edge runs" if alone else f"edges: {ran}"
    return timed(f"comment edit, {PurePosixPath(file).name}", pair, _AGAINST, _COMMENT_AIM, note,
                 alone)


def _body_row(file: str, pair: Pair) -> Row:
    return timed(f"body edit, {PurePosixPath(file).name}", pair, _AGAINST, _BODY_AIM,
                 f"{_backends(pair.ours)} backends run")


def _backends(runs: tuple[Run, ...]) -> str:
    counts = sorted({edges(done).get("code", 0) for done in runs})
    return " or ".join(map(str, counts))
