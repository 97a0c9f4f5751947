"""Decides into how many codegen units each source is cut, and why."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Mapping, Sequence, Set

from msgspec import Struct
from msgspec.structs import replace

from ltogen.clang import flags
from ltogen.codegen_units import grouping
from ltogen.model.costs import Costs, Decision
from ltogen.model.project import MOST_PARTS, Kind, Language, Lto, SourceFile, Target

LEAST = 0.5  # seconds that are worth a codegen unit, unless the project asks for a number
# What a link does to symbols that one module defines and another one names.
_BETWEEN = re.compile(r"--?(wrap|defsym|allow-multiple-definition)\b|-z,?muldefs|^muldefs$")
_A_LITTLE = 0.25  # of a unit: less is not worth one more
_GRAIN = 0.05  # of a worker's time: smaller pieces fit anywhere
_WORTH = 0.95  # of a build's time: smaller units must save more, for each repeats some work


def decide(members: Sequence[Target], files: Mapping[str, tuple[SourceFile, ...]], jobs: int,
           costs: Costs) -> tuple[Decision, ...]:
    """The decisions for all sources of the targets that ask for codegen or unity units.

    `jobs` is the number of workers. The seconds of a source are estimated by its size or come from
    the list that goes with the project: both are the same on every machine, and so is the program.
    Durations that one machine has just measured would give another program of the same sources.
    """
    total = costs.total or sum(costs.of(file) for target in members
                               for file in files[target.name])
    between = any(_BETWEEN.search(word) for target in members for word in target.link_args)
    found: list[Decision] = []
    for target in members:
        if target.codegen_units == 1 and not target.unity:
            continue
        own = files[target.name]
        whole = {language: _whole(target, language) for language in Language}
        fair = share(target.codegen_units, [
            costs.of(file) for file in own if not whole[file.language]], total, jobs)
        decided = {file: Decision(target.name, file.path, *fair.count(
            costs.of(file), whole[file.language])) for file in own}
        if target.unity and target.kind is not Kind.STATIC_LIBRARY and not between:
            # (A link takes the members of a static library one by one.)
            never_unity = {language for language in Language
                           if whole[language] or _writes_beside(target, language)}
            decided.update(_unity(decided, costs, never_unity))
        found += decided.values()
    return tuple(found)


def _unity(decided: Mapping[SourceFile, Decision], costs: Costs,
           never_unity: Set[Language]) -> list[tuple[SourceFile, Decision]]:
    """The decisions for sources in unity units, of languages that are not in `never_unity`."""
    def fits(file: SourceFile) -> bool:
        return (decided[file].codegen_units == 1 and file.language not in never_unity
                and costs.of(file) < LEAST / 2)

    found: list[tuple[SourceFile, Decision]] = []
    for number, group in enumerate(grouping.groups(list(decided), costs.of, LEAST, fits), 1):
        seconds = sum(map(costs.of, group))
        why = (f"with {len(group) - 1} of its neighbours, {seconds:.2f} s together: "
               f"{LEAST} s are worth a unit")
        found += [(file, replace(decided[file], why=why, group=number)) for file in group]
    return found


def with_codegen_units(files: Mapping[str, tuple[SourceFile, ...]],
            decisions: Iterable[Decision]) -> dict[str, tuple[SourceFile, ...]]:
    """The sources of each target, each with its number of codegen units or its unity unit."""
    units = {(one.target, one.path): (one.codegen_units, one.group) for one in decisions
             if one.codegen_units > 1 or one.group}
    found = dict(files)
    for name in {target for target, _ in units}:
        own = ((file, *units.get((name, file.path), (1, 0))) for file in files[name])
        found[name] = tuple(replace(file, codegen_units=count, group=group)
                            for file, count, group in own)
    return found


class Share(Struct, frozen=True):
    """The seconds that one codegen unit should take, and the words for that; 0 cuts nothing."""

    seconds: float
    words: str

    def count(self, seconds: float, whole: str = "") -> tuple[int, str]:
        """Into how many codegen units a source that takes `seconds` is cut, and why.

        One if `whole` says why it cannot be cut.
        """
        if whole:
            return 1, whole
        if not self.seconds:
            return 1, self.words
        count = number(seconds, self.seconds)
        if count == 1:
            how = "no" if seconds <= self.seconds else "not much"
            return 1, f"{seconds:.2f} s is {how} more than {self.words}"
        return count, f"{seconds:.2f} s is more than {self.words}"


def share(count: int | None, own: Sequence[float], total: float, jobs: int) -> Share:
    """The share of one codegen unit if the largest of the `own` sources is cut into `count`.

    For None, the share with which each of `jobs` workers has its part of the `total`. `own` and
    `total` are in seconds.
    """
    largest = max(own, default=0.0)
    if count == 1:
        return Share(0.0, "codegen-units is 1")
    if count is not None:
        return Share(largest / count,
                    f"{largest / count:.2f} s, the largest source of its target in {count}")
    fair = total / jobs
    unit = _soonest(own, fair, jobs)
    if unit <= LEAST:
        return Share(LEAST, f"the {LEAST} s that are worth a unit")
    if unit == fair:
        return Share(unit, f"the {unit:.2f} s that each of {jobs} workers has of {total:.1f} s")
    return Share(unit, f"{unit:.2f} s, of which {jobs} workers get {total:.1f} s done soonest")


def _soonest(own: Sequence[float], fair: float, jobs: int) -> float:
    """The seconds of a codegen unit with which all workers end soonest.

    Each worker has `fair` seconds of work. Two workers take as long for three pieces of one length
    as for four: smaller pieces are worth their price then. Small sources, and those of other
    targets, fill any gap.
    """
    large = [seconds for seconds in own if seconds > fair * _GRAIN]
    best, least = fair, float("inf")
    for parts in (1.0, 1.5, 2.0, 3.0, 4.0):
        unit = max(fair / parts, LEAST)
        pieces = [seconds / count for seconds in large for count in (number(seconds, unit),)
                  for _ in range(count)]
        end = max(_makespan(pieces, jobs), fair)
        if end < least * _WORTH:
            best, least = unit, end
    return best


def _makespan(pieces: Iterable[float], jobs: int) -> float:
    """Seconds until `jobs` workers have done all pieces, the longest first."""
    ends = [0.0] * jobs
    for piece in sorted(pieces, reverse=True):
        heapq.heapreplace(ends, ends[0] + piece)
    return max(ends)


def number(seconds: float, unit: float) -> int:
    """Into how many codegen units of `unit` seconds a source is cut; a little more is no unit."""
    return max(1, min(MOST_PARTS, -int(-(seconds / unit - _A_LITTLE) // 1))) if unit else 1


def _writes_beside(target: Target, language: Language) -> bool:
    """Whether flags ask for a file beside each object."""
    return bool(flags.side_outputs(target.flags_of(language), front_end=True,
                                   code_generator=True))


def _whole(target: Target, language: Language) -> str:
    """Why sources of a language cannot be cut; empty if they can."""
    if language not in (Language.C, Language.CXX):
        return "it is neither C nor C++"
    if target.lto is not Lto.THIN and target.kind is not Kind.STATIC_LIBRARY:
        return f'lto is "{target.lto}"'
    if target.embed_bitcode:
        return "embed-bitcode puts its bitcode into one object"
    flag = flags.whole_for(target.flags_of(language))
    return f"{flag} is about all of it" if flag else ""
