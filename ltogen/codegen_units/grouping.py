"""Which small sources of a target are in one unity unit."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from ltogen.base.digest import digest
from ltogen.model.project import SourceFile

MOST = 128  # sources: more, and an edit of one would be felt
_PARSING = 0.002  # seconds of any source, whatever is in it


def groups(files: Sequence[SourceFile], seconds: Callable[[SourceFile], float], floor: float,
           fits: Callable[[SourceFile], bool]) -> list[Sequence[SourceFile]]:
    """Groups of neighbouring sources of one language that fit, of about `floor` seconds each.

    `seconds` are those of one source. Only neighbours are grouped, for the order of a link counts.
    Where the seconds leave a choice, the digest of a name decides where a group ends: adding or
    removing a source changes only the group around it.
    """
    found: list[Sequence[SourceFile]] = []
    runs = itertools.groupby(files, lambda file: file.language if fits(file) else None)
    for language, run in runs:
        if language is not None:
            found += _cut(list(run), lambda file: seconds(file) + _PARSING, floor)
    return [group for group in found if len(group) > 1]


def _cut(run: list[SourceFile], seconds: Callable[[SourceFile], float],
         floor: float) -> Iterable[Sequence[SourceFile]]:
    start, sum_of = 0, 0.0
    often = max(1, round(floor / (sum(map(seconds, run)) / len(run)) / 2))
    for place, file in enumerate(run):
        count = place - start
        enough = sum_of >= floor / 2 or count >= MOST // 2
        if enough and (sum_of >= 2 * floor or count >= MOST or _ends(file, often)):
            yield run[start:place]
            start, sum_of = place, 0.0
        sum_of += seconds(file)
    yield run[start:]


def _ends(file: SourceFile, often: int) -> bool:
    """Whether a group should end before this source: about one source in `often` says so."""
    # (A power of two: when the mean changes a little, it stays.)
    return int(digest((file.path,))[:8], 16) % (1 << (often - 1).bit_length()) == 0
