"""The arithmetic of the benchmarks' table."""

from __future__ import annotations

from bench.process import Run
from bench.table import Row, table, timed
from bench.timing import Pair, side_by_side


def _run(seconds: float, output: str = "") -> Run:
    return Run(seconds, seconds, 1024, output)


def test_a_ratio_is_the_median_of_neighbours() -> None:
    pair = Pair((_run(1.0), _run(4.0), _run(3.0)), (_run(2.0), _run(4.0), _run(1.0)))
    assert pair.seconds == (3.0, 2.0)
    assert pair.ratio == 1.0


def test_rounds_alternate_and_the_first_does_not_count() -> None:
    order: list[str] = []

    def step(name: str, seconds: float) -> Run:
        order.append(name)
        return _run(seconds)

    pair = side_by_side(2, lambda number: order.append(str(number)),
                        lambda: step("a", 1), lambda: step("b", 2))
    assert order == ["0", "a", "b", "1", "a", "b", "2", "a", "b"]
    assert len(pair.ours) == len(pair.theirs) == 2


def test_an_aim_is_met_or_missed_or_absent() -> None:
    pair = Pair((_run(1.0),), (_run(1.0),))
    assert timed("x", pair, "y", 1.0).met is True
    assert timed("x", pair, "y", 0.9).met is False
    assert timed("x", pair, "y", 1.0, also=False).met is False
    assert timed("x", pair, "y", None).met is None


def test_columns_are_aligned() -> None:
    rows = [Row("short", "1 s", "2 s", "b", 0.5, "<= 1.00", True),
            Row("much longer", "10.00 s", "2 s", "b", 5, "<= 1.00", False, "why")]
    lines = table(rows).splitlines()
    assert len({line.index("<=") for line in lines[1:]}) == 1
    assert lines[2].endswith("MISSED  why")
