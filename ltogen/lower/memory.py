"""Pools of Ninja that keep the memory of the jobs at work below a size.

A pool of Ninja counts jobs, not bytes. So actions are put in classes by their peak memory: light
ones run freely, and heavy ones run in a pool whose depth leaves room for all others at their worst.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

import msgspec
from msgspec import Struct

from ltogen.lower import order
from ltogen.model.action import Action, Phase
from ltogen.model.plan import Plan

_BASE, _BYTE = 60 << 20, 16  # bytes of a compiler, and of it for each byte of C, as measured
_WHOLE = (Phase.THIN_LINK, Phase.LINK)  # they read much of a program, and keep little of it
_NAMES = ("heavy", "medium")
_STEPS = 3  # leading bits of a size that tell classes apart


class Pools(Struct, frozen=True):
    """Limits in bytes, falling, each with how many actions of a larger peak may run at once."""

    limits: tuple[tuple[int, int], ...]
    fits: bool = True

    def of(self, peak: int) -> str:
        """The pool of an action with a peak of so many bytes; empty if it needs none."""
        for name, (limit, _) in zip(_NAMES, self.limits, strict=False):
            if peak > limit:
                return name
        return ""


def pooled(plan: Plan, known: Mapping[str, int], seconds: Mapping[str, float], cap: int,
           jobs: int) -> tuple[Plan, Pools]:
    """The plan with its heavy actions in pools, so that `jobs` at once stay below `cap` bytes.

    `known` are measured peaks in bytes, and `seconds` measured durations, by first output. Merges
    have a pool of their own, and room for the largest of them is kept free.
    """
    peaks = _peaks(plan.actions, known)
    merging = [one for one in plan.actions if one.command.pool]
    merges = sorted((peaks[one.outputs[0]] for one in merging), reverse=True)
    others = [one for one in plan.actions if not one.command.pool]
    room = cap - sum(merges[:plan.merges])
    took = order.seconds_of(plan.actions, seconds)
    pools = choose([(peaks[one.outputs[0]], took[one.outputs[0]]) for one in others], room, jobs)
    return msgspec.structs.replace(plan, actions=tuple(
        one if one.command.pool else _in_pool(one, pools.of(peaks[one.outputs[0]]))
        for one in plan.actions), pools=tuple(
            (name, depth) for name, (_, depth) in zip(_NAMES, pools.limits, strict=False))), pools


def _in_pool(action: Action, pool: str) -> Action:
    if not pool:
        return action
    return msgspec.structs.replace(action, pool=pool)


def _peaks(actions: Sequence[Action], known: Mapping[str, int]) -> dict[str, int]:
    """Peak bytes of each action: as measured, or by its size and the measured ones of its phase."""
    peaks: dict[str, int] = {}
    for phase, group in itertools.groupby(sorted(actions, key=lambda one: one.phase),
                                          lambda one: one.phase):
        members = list(group)
        measured = [known[one.outputs[0]] / _guess(one) for one in members
                    if one.outputs[0] in known and phase is not Phase.DRIVER_ARGS]
        rate = median(measured) if measured else 1.0
        peaks.update((one.outputs[0], known.get(one.outputs[0], int(_guess(one) * rate)))
                     for one in members)
    return peaks


def _guess(action: Action) -> int:
    by_byte = _BYTE // 8 if action.phase in _WHOLE else _BYTE
    return _BASE + int(action.size * by_byte)


def choose(actions: Sequence[tuple[int, float]], cap: int, jobs: int) -> Pools:
    """The pools with which all actions end soonest; each action is its bytes and its seconds."""
    largest: dict[int, int] = {}  # of each class
    for peak, _ in actions:
        largest[_class(peak)] = max(largest.get(_class(peak), 0), peak)
    levels = sorted(largest.values())
    if not levels or levels[-1] * jobs <= cap:
        return Pools(())
    cap, fits = max(cap, levels[-1]), levels[-1] <= cap
    above = {limit: sum(seconds for peak, seconds in actions if peak > limit)
             for limit in (0, *levels)}
    best = min(_candidates(levels, cap, jobs), key=lambda limits: _makespan(limits, above, jobs))
    return Pools(best, fits)


def _class(peak: int) -> int:
    """The class of a peak: peaks of about the same size have the same one."""
    step = max(peak.bit_length() - _STEPS, 0)
    return peak >> step << step


_Limits = tuple[tuple[int, int], ...]


def _candidates(levels: Sequence[int], cap: int, jobs: int) -> Iterator[_Limits]:
    """Every pair of limits, each with the most actions that may run, which is at least one."""
    limits = (0, *levels[:-1])
    for upper, lower in itertools.product(limits, limits):
        if lower > upper:
            continue
        for heavy in range(1, jobs + 1):
            medium = _room(cap, jobs, (levels[-1], heavy), upper, lower)
            if medium < (upper > lower):
                break
            yield ((upper, heavy), (lower, medium)) if upper > lower else ((upper, heavy),)


def _room(cap: int, jobs: int, heavy: tuple[int, int], upper: int, lower: int) -> int:
    """How many jobs of `upper` bytes may run beside `heavy`; -1 if not even lighter ones fit."""
    size, count = heavy
    left, others = cap - size * count, jobs - count
    if left < lower * others:
        return -1
    return min(others, (left - lower * others) // (upper - lower)) if upper > lower else others


def _makespan(limits: _Limits, above: Mapping[int, float], jobs: int) -> tuple[float, ...]:
    """The least seconds of a build with these pools; then, how much they hold back.

    `above` has the seconds of all actions with a larger peak than a limit.
    """
    bounds, larger = [above[0] / jobs], 0.0
    for limit, depth in limits:
        bounds.append((above[limit] - larger) / depth)
        larger = above[limit]
    return max(bounds), len(limits), -limits[-1][0], -sum(depth for _, depth in limits)
