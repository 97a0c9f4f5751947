"""One line of the result, and the lines as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.timing import Pair

_HEADER = ("what", "ours", "theirs", "against", "ratio", "aim", "", "note")
_RIGHT = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured against what, and whether the aim is met; None where there is none."""

    what: str
    ours: str
    theirs: str
    against: str
    ratio: float
    aim: str
    met: bool | None
    note: str = ""
    data: dict[str, object] = field(default_factory=dict)


def timed(what: str, pair: Pair, against: str, aim: float | None, note: str = "",
          also: bool = True) -> Row:
    """A row about time. `also`: a further condition that the aim has."""
    ours, theirs = pair.seconds
    data: dict[str, object] = {
        "ours_seconds": [run.seconds for run in pair.ours],
        "theirs_seconds": [run.seconds for run in pair.theirs],
        "ours_cpu_seconds": [run.cpu_seconds for run in pair.ours],
        "theirs_cpu_seconds": [run.cpu_seconds for run in pair.theirs],
    }
    return Row(what, seconds(ours), seconds(theirs), against, pair.ratio, at_most(aim),
               None if aim is None else pair.ratio <= aim and also, note, data)


def at_most(aim: float | None) -> str:
    """How an upper bound is printed."""
    return "" if aim is None else f"<= {aim:.2f}"


def seconds(value: float) -> str:
    """A duration in the unit that suits it."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def table(rows: Iterable[Row]) -> str:
    """The rows in aligned columns."""
    lines = [_HEADER, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(
        cell.rjust(width) if index in _RIGHT else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(line, widths, strict=True))).rstrip()
        for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    met = {True: "met", False: "MISSED", None: ""}[row.met]
    return (row.what, row.ours, row.theirs, row.against, f"{row.ratio:.2f}", row.aim, met,
            row.note)
