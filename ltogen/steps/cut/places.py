"""Where a module is cut: codegen units of a nearly equal number of instructions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from ltogen.steps.cut.clusters import Cluster
from ltogen.steps.cut.text import Global, digest

_WINDOW = 0.1  # of a unit's instructions, to either side of the even place


def units(clusters: list[Cluster], count: int,
          users: Mapping[str, Sequence[Global]]) -> list[list[Cluster]]:
    """Neighbouring clusters in `count` codegen units; `users` are those of each global.

    Of the places near an even one, the cut is where the fewest names cross. Of places that are
    about equal in that, it is where the digest of a name is least: that place stays when a function
    grows a little and the even place moves.
    """
    total = sum(cluster.instructions for cluster in clusters)
    ends = list(itertools.accumulate(cluster.instructions for cluster in clusters))
    ranks = [(_rounded(crossing), digest(cluster.first.name))
             for crossing, cluster in zip(_crossings(clusters, users), clusters, strict=True)]
    cuts = [0]
    for number in range(1, count):
        cuts.append(max(cuts[-1], _cut(ranks, ends, total * number / count, total / count)))
    cuts.append(len(clusters))
    return [clusters[start:end] for start, end in itertools.pairwise(cuts)]


def _crossings(found: list[Cluster], users: Mapping[str, Sequence[Global]]) -> list[int]:
    """The number of names that would cross a cut before each cluster."""
    places = {one.name: place for place, cluster in enumerate(found) for one in cluster.members}
    changes = [0] * (len(found) + 1)
    for name, own in places.items():
        near = [own, *(places[user.name] for user in users[name] if user.name in places)]
        changes[min(near) + 1] += 1
        changes[min(max(near) + 1, len(found))] -= 1
    return list(itertools.accumulate(changes[:-1]))


def _rounded(count: int) -> int:
    """A number rounded to its five leading bits: one name more or less rarely changes it."""
    shift = max(count.bit_length() - 5, 0)
    return count >> shift << shift


def _cut(ranks: list[tuple[int, str]], ends: list[int], even: float, unit: float) -> int:
    """The index of the first cluster after a cut."""
    near = [number + 1 for number, end in enumerate(ends[:-1])
            if abs(end - even) <= unit * _WINDOW]
    if near:
        return min(near, key=lambda number: ranks[number])
    return min(range(len(ends)), key=lambda number: abs(ends[number] - even), default=-1) + 1
