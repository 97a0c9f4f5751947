"""Costliest first: the order of the manifest, which Ninja follows where it has a choice.

Ninja ranks ready edges by critical path and breaks ties by position; before 1.12 it knows the
position alone. Starting the longest backend last would make it the tail of the whole build.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ltogen.model import Action, Phase

# An order that is already written stays, unless an edge more than twice as long as another, plus
# this many seconds, comes after it: durations jitter, and every rewrite costs a reload.
_SLACK_SECONDS = 0.25


def measured(actions: Iterable[Action], seconds: Mapping[str, float]) -> tuple[Action, ...]:
    """The actions with their cost in seconds: as measured, or else by size at the same rate."""
    actions = tuple(actions)
    rates = {phase: _rate(actions, phase, seconds) for phase in Phase}
    return tuple(
        replace(action, cost=seconds.get(action.outputs[0], action.cost * rates[action.phase]))
        for action in actions
    )


def costliest_first(actions: Iterable[Action]) -> tuple[Action, ...]:
    """The actions by phase, and by falling cost within each."""
    return tuple(sorted(actions, key=lambda a: (a.phase, -a.cost, a.outputs[0])))


def still_good(actions: Iterable[Action], written: Mapping[str, int]) -> bool:
    """Whether the positions in `written` serve as well as a fresh order would."""
    least: dict[Phase, float] = {}
    for action in sorted(actions, key=lambda a: written.get(a.outputs[0], -1)):
        if action.outputs[0] not in written:
            return False
        bound = least.get(action.phase, action.cost)
        if action.cost > 2 * bound + _SLACK_SECONDS:
            return False
        least[action.phase] = min(bound, action.cost)
    return True


def as_written(actions: Iterable[Action], written: Mapping[str, int]) -> tuple[Action, ...]:
    """The actions in the order of an earlier manifest."""
    return tuple(sorted(actions, key=lambda a: written[a.outputs[0]]))


def _rate(actions: tuple[Action, ...], phase: Phase, seconds: Mapping[str, float]) -> float:
    """Seconds for each byte of input, over the actions of a phase that were measured."""
    known = [(action.cost, seconds[action.outputs[0]]) for action in actions
             if action.phase is phase and action.outputs[0] in seconds]
    size = sum(cost for cost, _ in known)
    return sum(duration for _, duration in known) / size if size else 1e-6
