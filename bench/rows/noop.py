"""Ninja where there is nothing to do."""

from __future__ import annotations

import re

from bench.baseline import ByHand
from bench.session import Session
from bench.table import Row, timed
from bench.timing import side_by_side

_AIM = 1.2
_LEAST_RUNS = 30  # milliseconds each


def rows(session: Session) -> list[Row]:
    """zstd, up to date, against as many edges that run compiles, copies and one link."""
    graph = session.zstd.graph
    graph.ninja()
    count = _edges((graph.build / "build.ninja").read_text())
    by_hand = ByHand(graph, session.folder / "noop-by-hand", edges=count)
    by_hand.configure()
    by_hand.ninja()
    pair = side_by_side(max(session.runs, _LEAST_RUNS), lambda _: None, graph.ninja, by_hand.ninja)
    return [timed("no-op ninja, zstd", pair, "manifest by hand", _AIM,
                  f"{count} edges each")]


def _edges(manifest: str) -> int:
    """Edges that make something; the one that makes the manifest itself has no counterpart."""
    made = re.findall(r"^build .*?[^$]: (\S+)", manifest, re.MULTILINE)
    return sum(rule not in ("phony", "configure") for rule in made)
