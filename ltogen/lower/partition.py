"""In how many codegen units each source is cut, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from ltogen import flags
from ltogen.lower.order import SECONDS_PER_BYTE
from ltogen.model import MOST_PARTS, Kind, Language, Lto, SourceFile, Target

LEAST = 0.5  # seconds that are worth a unit of their own, if nobody says so
_A_LITTLE = 0.25  # of a unit: what one more would not be worth


class Decision(Struct, frozen=True):
    """What was decided for one source. `why` is a sentence without its subject."""

    target: str
    path: str
    units: int
    why: str


class Costs(Struct, frozen=True):
    """Seconds that a source takes, to be optimised and to become code: as learned, or by its size.

    Sources that are not in the list when there is one took less than `least`.
    """

    learned: Mapping[str, float]
    least: float = 0.0

    def of(self, file: SourceFile) -> float:
        """Seconds of one source."""
        if file.path in self.learned:
            return self.learned[file.path]
        return min(file.size * SECONDS_PER_BYTE, self.least or float("inf"))


def decide(members: Sequence[Target], files: Mapping[str, tuple[SourceFile, ...]], jobs: int,
           costs: Costs) -> tuple[Decision, ...]:
    """For every source of the targets that say something about codegen units.

    By size alone, or by a list that goes with the project: both are the same on every machine. What
    a build measures by itself would make another program of the same sources.
    """
    total = sum(costs.of(file) for target in members for file in files[target.name])
    found: list[Decision] = []
    for target in members:
        if target.codegen_units == 1:
            continue
        own = files[target.name]
        rule = _auto(total, jobs) if target.codegen_units is None else _numbered(
            max((costs.of(file) for file in own if not _whole(target, file)), default=0.0),
            target.codegen_units)
        for file in own:
            whole = _whole(target, file)
            found.append(Decision(target.name, file.path, 1, whole) if whole else
                         Decision(target.name, file.path, *rule.count(costs.of(file))))
    return tuple(found)


def counted(files: Mapping[str, tuple[SourceFile, ...]],
            decisions: Iterable[Decision]) -> dict[str, tuple[SourceFile, ...]]:
    """The sources of each target with the number of their units."""
    units = {(one.target, one.path): one.units for one in decisions if one.units > 1}
    return {name: tuple(
        msgspec.structs.replace(file, units=units[name, file.path])
        if (name, file.path) in units else file for file in own) for name, own in files.items()}


class Rule(Struct, frozen=True):
    """What a unit should cost, in seconds, and the words for it."""

    unit: float
    words: str

    def count(self, cost: float) -> tuple[int, str]:
        """How many units a source gives, and why."""
        count = number(cost, self.unit)
        if count == 1:
            return 1, f"{cost:.2f} s is no more than {self.words}"
        return count, f"{cost:.2f} s is more than {self.words}"


def _auto(total: float, jobs: int) -> Rule:
    if total / jobs < LEAST:
        return Rule(LEAST, f"the {LEAST} s that are worth a unit")
    return Rule(total / jobs, f"the {total / jobs:.2f} s that each of {jobs} workers has of "
                              f"{total:.1f} s")


def _numbered(largest: float, count: int) -> Rule:
    return Rule(largest / count,
                f"{largest / count:.2f} s, the largest source of its target in {count}")


def number(cost: float, unit: float) -> int:
    """How many units of a cost a source gives; a little more than one is one."""
    return max(1, min(MOST_PARTS, -int(-(cost / unit - _A_LITTLE) // 1))) if unit else 1


def _whole(target: Target, file: SourceFile) -> str:
    """Why a source cannot be cut; empty for one that can."""
    own = {Language.C: target.c_args, Language.CXX: target.cxx_args}.get(file.language)
    if own is None:
        return "it is neither C nor C++"
    if target.lto is not Lto.THIN and target.kind is not Kind.STATIC_LIBRARY:
        return f'lto is "{target.lto}"'
    if target.embed_bitcode:
        return "embed-bitcode puts its bitcode into one object"
    flag = flags.whole_for((*target.compile_args, *own))
    return f"{flag} is about all of it" if flag else ""
