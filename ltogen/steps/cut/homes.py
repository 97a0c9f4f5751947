"""Moves small local functions to the only other codegen unit that needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ltogen.steps.cut.clusters import Cluster
from ltogen.steps.cut.text import Global

_SMALL = 64  # instructions; and of a unit, one in so many: more would upset its balance
_SHARE = 16


def bring(unit: dict[str, int], found: Sequence[Cluster], count: int,
          users: Mapping[str, Sequence[Global]]) -> None:
    """Change the `unit` of such functions, of `count` units, to that of their users.

    There they stay local, and LLVM can inline them before the thin link and drop them. An
    amalgamation begins with functions that the rest needs.
    """
    even = sum(cluster.instructions for cluster in found) // count
    # (A power of two stays the same when a function changes.)
    limit = min(_SMALL, 1 << max((even // _SHARE).bit_length() - 1, 0))
    waiting = [cluster for cluster in found
               if cluster.instructions <= limit and all(one.local for one in cluster.members)]
    before = len(waiting) + 1
    while len(waiting) < before:
        before = len(waiting)
        # (What was brought stays: those that only need each other would go round for ever.)
        waiting = [cluster for cluster in waiting if not _brought(unit, cluster, users)]


def _brought(unit: dict[str, int], cluster: Cluster,
             users: Mapping[str, Sequence[Global]]) -> bool:
    """Whether a cluster moved to the only other unit that names it."""
    own = {one.name for one in cluster.members}
    near = {unit.get(user.name) for one in cluster.members for user in users[one.name]
            if user.name not in own}
    needed = near.pop() if len(near) == 1 else None
    if needed is None or needed == unit[cluster.first.name]:
        return False
    unit.update((name, needed) for name in own)
    return True
