"""Builds from nothing, side by side: a program whole, in units, and as one would do it by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.graph import JOBS
from campaigns.checks.build import Built, configured
from campaigns.result import Result
from campaigns.units import by_hand
from campaigns.units.program import Program
from ltogen.codegen_units.costs_file import FILE_NAME

_ROUNDS = 3


def measure(program: Program, whole: Built, cut: Built, auto: Built) -> Iterator[Result]:
    """Seconds of the others to those of the whole one, with two jobs."""
    rounds = [(_clean(whole), _clean(cut), by_hand.build(whole, program).seconds, _clean(auto))
              for _ in range(_ROUNDS)]
    seconds = list(zip(*rounds, strict=True))
    aims = (program.time_aim, None, None)
    names = (f"{program.units} units", f"llvm-split -j{program.units}, and lld's own ThinLTO",
             f'"auto" by learned costs, --plan-jobs {JOBS}')
    for column, name, own, aim in zip(("time", "by hand", "auto"), names, seconds[1:], aims,
                                      strict=True):
        ratio = median(one / other for one, other in zip(own, seconds[0], strict=True))
        yield Result(column, f"{ratio:.2f}", None if aim is None else ratio <= aim,
                     f"{name}: {median(own):.1f} s against {median(seconds[0]):.1f} s whole, "
                     f"{JOBS} jobs" + ("" if aim is None else f"; aim {aim}"))


def in_units(text: str, units: int | str) -> str:
    """The text of a project file, with that many of the largest source."""
    return text.replace("[project]\n", f"[project]\ncodegen-units = {units}\n", 1)


def _clean(built: Built) -> float:
    built.graph.ninja("-t", "clean")
    return built.graph.ninja().seconds


def auto(text: str, whole: Built, folder: Path) -> Built:
    """Configured for two workers, by what the whole one took."""
    whole.graph.reconfigure("--learn-costs")
    learned = (whole.graph.project / FILE_NAME).read_bytes()
    built = configured(in_units(text, '"auto"'), folder, whole.graph.kind)
    (built.graph.project / FILE_NAME).write_bytes(learned)
    built.graph.reconfigure("--plan-jobs", JOBS)
    return built
