"""The nouns: the seconds that each source takes, and the codegen units decided by them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ltogen.model.project import SourceFile

# clang at -O2 takes about a second for 100 KB of C; only proportions matter.
SECONDS_PER_BYTE = 1e-5


class Decision(Struct, frozen=True):
    """The codegen units decided for one source. `why` is a sentence without its subject.

    Sources of a target with the same `group` above 0 are in one unity unit.
    """

    target: str
    path: str
    codegen_units: int
    why: str
    group: int = 0


class Costs(Struct, frozen=True):
    """Seconds to optimise each source and to compile it for one link: learned, or by its size.

    `learned` has seconds by path. A source that is not in a learned list took less than `least`
    seconds. `total` is the seconds of all jobs of that build, with the backends of every link.
    """

    learned: Mapping[str, float]
    least: float = 0.0
    total: float = 0.0

    def of(self, file: SourceFile) -> float:
        """The seconds of one source."""
        if file.path in self.learned:
            return self.learned[file.path]
        return min(by_size(file.size), self.least or float("inf"))


def by_size(size: int) -> float:
    """An estimate, in seconds, for a source of `size` bytes."""
    return size * SECONDS_PER_BYTE
