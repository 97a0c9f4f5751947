"""Critical path first: the order of the manifest, which Ninja follows where it has a choice.

Ninja ranks ready edges by their critical path, counted in edges, and breaks ties by position in the
manifest; before 1.12 it ranks by position alone. A build that starts its longest backend last ends
with that backend alone. So does one that starts a compile on the critical path behind a compile of
the same length that is not on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ltogen.model.action import Action, Phase, Slot
from ltogen.model.costs import SECONDS_PER_BYTE

# A written order stays, unless an edge comes after one whose critical path is shorter by more than
# that one takes, plus these seconds: durations jitter, and every rewrite makes Ninja load again.
_SLACK_SECONDS = 0.25


def seconds_of(actions: Sequence[Action], measured: Mapping[str, float]) -> dict[str, float]:
    """Seconds of each action, by its first output: as measured, or else by size at one rate."""
    # samurai logs no durations.
    measured = {output: seconds for output, seconds in measured.items() if seconds}
    rates = {phase: _rate(actions, phase, measured) for phase in Phase}
    sized = {action.outputs[0]: action.size * rates[action.phase] for action in actions}
    sized.update((output, measured[output]) for output in sized.keys() & measured.keys())
    return sized


def critical_paths(actions: Sequence[Action], seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds of the critical path that begins with each action, by its first output.

    `seconds` are those of each action, by its first output.
    """
    needs = _needs(actions)
    waited_for = Counter(need for found in needs.values() for need in found)
    ready = [output for output in needs if output not in waited_for]
    paths = dict.fromkeys(needs, 0.0)
    for output in ready:  # (the paths of all actions that wait for it are known)
        path = paths[output] = paths[output] + seconds[output]
        for need in needs[output]:
            if paths[need] < path:
                paths[need] = path
            waited_for[need] -= 1
            if not waited_for[need]:
                ready.append(need)
    return paths


def _needs(actions: Sequence[Action]) -> dict[str, set[str]]:
    """The actions that each one waits for, all by their first outputs.

    Without order-only dependencies: a backend's bitcode went through the thin link before.
    """
    makes: dict[str, str] = {}
    for action in actions:
        makes.update(dict.fromkeys(action.made, action.outputs[0]))
    known = makes.keys()
    return {action.outputs[0]: {makes[path] for path in known & {*action.inputs, *action.implicit}}
            for action in actions}


def turns(actions: Sequence[Action], measured: Mapping[str, float]) -> dict[str, int]:
    """The turn of each action, by its first output: 0 where waiting would save no time.

    A later action takes the object of the first one with the same module, if their keys are the
    same. One that took more than half as long as the first in the last build did not copy.
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
    return action.slot(Slot.BITCODE)


def critical_path_first(actions: Sequence[Action], paths: Mapping[str, float],
                        turn: Mapping[str, int]) -> tuple[Action, ...]:
    """The actions by phase and turn; within each, those with the longest critical path first.

    `paths` are the seconds of each action's critical path, by its first output.
    """
    return tuple(sorted(actions, key=lambda a: (
        a.phase, turn[a.outputs[0]], -paths[a.outputs[0]], a.outputs[0])))


def best(actions: Sequence[Action], measured: Mapping[str, float],
         written: Mapping[str, int]) -> tuple[Action, ...]:
    """The best order known, or that of an earlier manifest if it is as good.

    `measured` are seconds by output, `written` the earlier positions of first outputs.
    """
    seconds = seconds_of(actions, measured)
    paths, turn = critical_paths(actions, seconds), turns(actions, measured)
    if still_good(actions, seconds, paths, turn, written):
        return as_written(actions, written)
    return critical_path_first(actions, paths, turn)


def still_good(actions: Sequence[Action], seconds: Mapping[str, float],
               paths: Mapping[str, float], turn: Mapping[str, int],
               written: Mapping[str, int]) -> bool:
    """Whether the positions in `written` are as good as a fresh order, but for jitter.

    `seconds` are those of each action and `paths` those of its critical path, by first output.
    """
    if not all(action.outputs[0] in written for action in actions):
        return False
    least: dict[tuple[Phase, int], tuple[float, float]] = {}
    for action in as_written(actions, written):
        path, duration = paths[action.outputs[0]], seconds[action.outputs[0]]
        place = (action.phase, turn[action.outputs[0]])
        bound, own = least.get(place, (path, duration))
        if path > bound + own + _SLACK_SECONDS:
            return False
        least[place] = min((bound, own), (path, duration))
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
    total = sum(size for size, _ in known)
    return sum(duration for _, duration in known) / total if total else SECONDS_PER_BYTE
