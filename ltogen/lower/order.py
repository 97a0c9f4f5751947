"""Costliest first: the order of the manifest, which Ninja follows where it has a choice.

Ninja ranks ready edges by critical path and breaks ties by position; before 1.12 it knows the
position alone. Starting the longest backend last would make it the tail of the whole build.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ltogen.model import Action, Phase

# An order that is already written stays, unless an edge more than twice as long as another, plus
# this many seconds, comes after it: durations jitter, and every rewrite costs a reload.
_SLACK_SECONDS = 0.25

# clang at -O2 takes about a second for 100 KB of C; only proportions matter.
_SECONDS_PER_BYTE = 1e-5


def seconds_of(actions: Sequence[Action], measured: Mapping[str, float]) -> dict[str, float]:
    """What each action costs, by its first output: as measured, or else by size at one rate."""
    # samurai logs no durations.
    measured = {output: seconds for output, seconds in measured.items() if seconds}
    rates = {phase: _rate(actions, phase, measured) for phase in Phase}
    sized = {action.outputs[0]: action.cost * rates[action.phase] for action in actions}
    sized.update((output, measured[output]) for output in sized.keys() & measured.keys())
    return sized


def costliest_first(actions: Sequence[Action], costs: Mapping[str, float]) -> tuple[Action, ...]:
    """The actions by phase and turn, and by falling cost within each."""
    return tuple(sorted(
        actions, key=lambda a: (a.phase, a.turn, -costs[a.outputs[0]], a.outputs[0])))


def best(actions: Sequence[Action], measured: Mapping[str, float],
         written: Mapping[str, int]) -> tuple[Action, ...]:
    """The best order known, or that of an earlier manifest if it is as good.

    `measured` are seconds by output, `written` the earlier positions of first outputs.
    """
    costs = seconds_of(actions, measured)
    if still_good(actions, costs, written):
        return as_written(actions, written)
    return costliest_first(actions, costs)


def still_good(actions: Sequence[Action], costs: Mapping[str, float],
               written: Mapping[str, int]) -> bool:
    """Whether the positions in `written` serve as well as a fresh order would."""
    if not all(action.outputs[0] in written for action in actions):
        return False
    least: dict[tuple[Phase, int], float] = {}
    for action in as_written(actions, written):
        cost = costs[action.outputs[0]]
        place = (action.phase, action.turn)
        bound = least.get(place, cost)
        if cost > 2 * bound + _SLACK_SECONDS:
            return False
        least[place] = min(bound, cost)
    return True


def as_written(actions: Sequence[Action], written: Mapping[str, int]) -> tuple[Action, ...]:
    """The actions in the order of an earlier manifest."""
    return tuple(sorted(actions, key=lambda a: written[a.outputs[0]]))


def _rate(actions: Sequence[Action], phase: Phase, measured: Mapping[str, float]) -> float:
    """Seconds for each byte of input, over the actions of a phase that were measured."""
    if not measured:
        return _SECONDS_PER_BYTE
    known = [(action.cost, measured[action.outputs[0]]) for action in actions
             if action.phase is phase and action.outputs[0] in measured]
    size = sum(cost for cost, _ in known)
    return sum(duration for _, duration in known) / size if size else _SECONDS_PER_BYTE
