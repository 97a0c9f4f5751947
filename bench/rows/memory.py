"""The largest process of a build."""

from __future__ import annotations

from bench.baseline import ByHand
from bench.graph import Graph
from bench.session import Session
from bench.table import Row, at_most
from bench.timing import side_by_side

_AIM = 1.0
_MOST_RUNS = 3  # it hardly varies


def rows(session: Session) -> list[Row]:
    """Any process of our whole build against the in-process link alone."""
    graph = session.graph("memory-ours")
    by_hand = ByHand(session.zstd.graph, session.folder / "memory-by-hand")
    by_hand.configure()
    by_hand.ninja()
    pair = side_by_side(min(session.runs, _MOST_RUNS), lambda _: _restart(graph),
                        graph.ninja, by_hand.relink, warmup=0)
    ours, theirs = pair.peaks
    return [Row("peak memory of one process", f"{ours:.0f} MiB", f"{theirs:.0f} MiB",
                "in-process link", ours / theirs, at_most(_AIM), ours / theirs <= _AIM,
                data={"ours_kib": [done.peak_kib for done in pair.ours],
                      "theirs_kib": [done.peak_kib for done in pair.theirs]})]


def _restart(graph: Graph) -> None:
    graph.configure()
