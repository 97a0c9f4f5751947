"""The nouns of what sources cost, and of what was decided by it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ltogen.model.project import SourceFile

# clang at -O2 takes about a second for 100 KB of C; only proportions matter.
SECONDS_PER_BYTE = 1e-5


class Decision(Struct, frozen=True):
    """What was decided for one source. `why` is a sentence without its subject.

    Sources of a target with the same `group` above 0 are in one unity unit.
    """

    target: str
    path: str
    units: int
    why: str
    group: int = 0


class Costs(Struct, frozen=True):
    """Seconds that a source takes, to be optimised and to become code for one link.

    As learned, or by its size. Sources that are not in the list when there is one took less than
    `least`; `total` is what all jobs of that build took, with the code for every link.
    """

    learned: Mapping[str, float]
    least: float = 0.0
    total: float = 0.0

    def of(self, file: SourceFile) -> float:
        """Seconds of one source."""
        if file.path in self.learned:
            return self.learned[file.path]
        return min(by_size(file.size), self.least or float("inf"))


def by_size(size: int) -> float:
    """Seconds that a source of so many bytes is thought to take."""
    return size * SECONDS_PER_BYTE
