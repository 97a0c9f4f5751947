"""The whole build of zstd from nothing."""

from __future__ import annotations

from bench.baseline import ByHand
from bench.graph import JOBS, edges
from bench.session import Session
from bench.table import Row, timed
from bench.timing import side_by_side

_AIM = 1.05


def rows(session: Session) -> list[Row]:
    """Every edge, with two jobs."""
    graph = session.graph("cold-ours")
    by_hand = ByHand(session.zstd.graph, session.folder / "cold-by-hand")

    def prepare(_: int) -> None:
        graph.configure()
        by_hand.configure()

    pair = side_by_side(session.runs, prepare, graph.ninja, by_hand.ninja)
    ours, theirs = (sum(edges(runs[0]).values()) for runs in (pair.ours, pair.theirs))
    note = f"{ours} edges; theirs {theirs}"
    return [timed(f"cold build of zstd, {JOBS} jobs", pair, "in-process ThinLTO", _AIM, note)]
