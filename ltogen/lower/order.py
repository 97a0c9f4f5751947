"""The longest row first: the order of the manifest, which Ninja follows where it has a choice.

Ninja ranks ready edges by how many others follow in a row, and breaks ties by position; before 1.12
it knows the position alone. Starting the longest backend last would make it the tail of the whole
build; so would a compile whose link is waited for, behind one of the same length whose is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ltogen.model.action import Action, Phase, Slot
from ltogen.model.costs import SECONDS_PER_BYTE

# An order that is already written stays, unless an edge comes after one whose row is shorter by
# more than that one takes, plus these seconds: durations jitter, and every rewrite costs a reload.
_SLACK_SECONDS = 0.25


def seconds_of(actions: Sequence[Action], measured: Mapping[str, float]) -> dict[str, float]:
    """What each action costs, by its first output: as measured, or else by size at one rate."""
    # samurai logs no durations.
    measured = {output: seconds for output, seconds in measured.items() if seconds}
    rates = {phase: _rate(actions, phase, measured) for phase in Phase}
    sized = {action.outputs[0]: action.size * rates[action.phase] for action in actions}
    sized.update((output, measured[output]) for output in sized.keys() & measured.keys())
    return sized


def rows(actions: Sequence[Action], costs: Mapping[str, float]) -> dict[str, float]:
    """Seconds of the longest row of actions that begins with each, by its first output."""
    needs = _needs(actions)
    waited_for = Counter(need for found in needs.values() for need in found)
    ready = [output for output in needs if output not in waited_for]
    lengths = dict.fromkeys(needs, 0.0)
    for output in ready:  # (of those behind it, all lengths are known)
        length = lengths[output] = lengths[output] + costs[output]
        for need in needs[output]:
            if lengths[need] < length:
                lengths[need] = length
            waited_for[need] -= 1
            if not waited_for[need]:
                ready.append(need)
    return lengths


def _needs(actions: Sequence[Action]) -> dict[str, set[str]]:
    """Which actions each one waits for, all by their first outputs.

    Not those that are only to be older: a backend's bitcode went through the thin link before.
    """
    makes: dict[str, str] = {}
    for action in actions:
        makes.update(dict.fromkeys(action.made, action.outputs[0]))
    known = makes.keys()
    return {action.outputs[0]: {makes[path] for path in known & {*action.inputs, *action.implicit}}
            for action in actions}


def turns(actions: Sequence[Action], measured: Mapping[str, float]) -> dict[str, int]:
    """The turn of each action; a later one counts only where it was worth waiting for.

    One that took more than half as long as the first with the same module copied nothing then.
    """
    found = {action.outputs[0]: action.turn for action in actions}
    later = [action for action in actions if action.turn] if measured else []
    firsts = {_shared(action): measured.get(action.outputs[0], 0.0) for action in actions
              if later and not action.turn}
    for action in later:
        first = firsts.get(_shared(action), 0.0)
        if first and measured.get(action.outputs[0], 0.0) > first / 2:
            found[action.outputs[0]] = 0
    return found


def _shared(action: Action) -> str:
    return action.slot(Slot.SHARE)


def longest_first(actions: Sequence[Action], lengths: Mapping[str, float],
                  turn: Mapping[str, int]) -> tuple[Action, ...]:
    """The actions by phase and turn, and by falling length of their rows within each."""
    return tuple(sorted(actions, key=lambda a: (
        a.phase, turn[a.outputs[0]], -lengths[a.outputs[0]], a.outputs[0])))


def best(actions: Sequence[Action], measured: Mapping[str, float],
         written: Mapping[str, int]) -> tuple[Action, ...]:
    """The best order known, or that of an earlier manifest if it is as good.

    `measured` are seconds by output, `written` the earlier positions of first outputs.
    """
    costs = seconds_of(actions, measured)
    lengths, turn = rows(actions, costs), turns(actions, measured)
    if still_good(actions, costs, lengths, turn, written):
        return as_written(actions, written)
    return longest_first(actions, lengths, turn)


def still_good(actions: Sequence[Action], costs: Mapping[str, float],
               lengths: Mapping[str, float], turn: Mapping[str, int],
               written: Mapping[str, int]) -> bool:
    """Whether the positions in `written` serve as well as a fresh order would."""
    if not all(action.outputs[0] in written for action in actions):
        return False
    least: dict[tuple[Phase, int], tuple[float, float]] = {}
    for action in as_written(actions, written):
        length, cost = lengths[action.outputs[0]], costs[action.outputs[0]]
        place = (action.phase, turn[action.outputs[0]])
        bound, own = least.get(place, (length, cost))
        if length > bound + own + _SLACK_SECONDS:
            return False
        least[place] = min((bound, own), (length, cost))
    return True


def as_written(actions: Sequence[Action], written: Mapping[str, int]) -> tuple[Action, ...]:
    """The actions in the order of an earlier manifest."""
    return tuple(sorted(actions, key=lambda a: written[a.outputs[0]]))


def _rate(actions: Sequence[Action], phase: Phase, measured: Mapping[str, float]) -> float:
    """Seconds for each byte of input, over the actions of a phase that were measured."""
    if not measured:
        return SECONDS_PER_BYTE
    known = [(action.size, measured[action.outputs[0]]) for action in actions
             if action.phase is phase and action.outputs[0] in measured]
    size = sum(cost for cost, _ in known)
    return sum(duration for _, duration in known) / size if size else SECONDS_PER_BYTE
