"""Where the clusters of a module are cut into units of near equal cost."""

from __future__ import annotations

import itertools

from ltogen.steps.split.clusters import Cluster
from ltogen.steps.split.text import digest

_WINDOW = 0.1  # of a unit's cost, to either side of the place that would be even


def units(found: list[Cluster], count: int) -> list[list[Cluster]]:
    """Neighbours in `count` units.

    A cut is where a name's digest is least, of all places near an even one: that place stays when a
    function grows a little, where the even one moves.
    """
    total = sum(cluster.cost for cluster in found)
    ends = []  # behind each cluster
    cost = 0
    for cluster in found:
        cost += cluster.cost
        ends.append(cost)
    cuts = [0]
    for number in range(1, count):
        cuts.append(max(cuts[-1], _cut(found, ends, total * number / count, total / count)))
    cuts.append(len(found))
    return [found[start:end] for start, end in itertools.pairwise(cuts)]


def _cut(found: list[Cluster], ends: list[int], even: float, unit: float) -> int:
    """The number of the first cluster behind a cut."""
    near = [number + 1 for number, end in enumerate(ends[:-1])
            if abs(end - even) <= unit * _WINDOW]
    if near:
        return min(near, key=lambda number: digest(found[number].first.name))
    return min(range(len(ends)), key=lambda number: abs(ends[number] - even), default=-1) + 1
