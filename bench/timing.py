"""Two things side by side: A B A B …, so that the machine's moods meet both alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from bench.process import Run

Step = Callable[[], Run]
Prepare = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """The counted runs of ours and of theirs, in the order they were made."""

    ours: tuple[Run, ...]
    theirs: tuple[Run, ...]

    @property
    def seconds(self) -> tuple[float, float]:
        """Medians of ours and theirs."""
        return median(run.seconds for run in self.ours), median(run.seconds for run in self.theirs)

    @property
    def ratio(self) -> float:
        """Median of the ratios of neighbours."""
        return median(a.seconds / b.seconds
                      for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def peaks(self) -> tuple[float, float]:
        """Medians of the largest process, in MiB."""
        return (median(run.peak_kib for run in self.ours) / 1024,
                median(run.peak_kib for run in self.theirs) / 1024)


def side_by_side(runs: int, prepare: Prepare, ours: Step, theirs: Step, warmup: int = 1) -> Pair:
    """Measure both `runs` times, after `warmup` rounds that do not count.

    `prepare` is called before each round with its number and is not measured.
    """
    rounds: list[tuple[Run, Run]] = []
    for number in range(warmup + runs):
        prepare(number)
        rounds.append((ours(), theirs()))
    counted = rounds[warmup:]
    return Pair(tuple(a for a, _ in counted), tuple(b for _, b in counted))


def in_turn(runs: int, prepare: Prepare, steps: Mapping[str, Step],
            warmup: int = 0) -> dict[str, tuple[Run, ...]]:
    """More than two things: A B C, A B C, …; the counted runs of each."""
    rounds = []
    for number in range(warmup + runs):
        prepare(number)
        rounds.append({name: step() for name, step in steps.items()})
    return {name: tuple(one[name] for one in rounds[warmup:]) for name in steps}
