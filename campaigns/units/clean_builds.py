"""Builds from nothing, side by side: a program whole, in units, and as one would do it by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.graph import JOBS
from bench.process import run
from campaigns.checks.build import Built, configured
from campaigns.result import Result
from campaigns.units import by_hand
from campaigns.units.program import Program
from ltogen.codegen_units.costs_file import FILE_NAME

_ROUNDS = 3


def measure(program: Program, text: str, folder: Path, kind: str) -> Iterator[Result]:
    """Seconds of the others to those of the whole one, with two jobs."""
    whole = configured(in_units(text, 1), folder / "time-whole", kind)
    cut = configured(in_units(text, program.units), folder / "time-cut", kind)
    _clean(whole)
    auto = _auto(text, whole, folder, kind)
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


def _auto(text: str, whole: Built, folder: Path, kind: str) -> Built:
    """Configured for two workers, by what the whole one took."""
    _configure(whole, "--learn-costs")
    learned = (whole.graph.project / FILE_NAME).read_bytes()
    built = configured(in_units(text, '"auto"'), folder / "time-auto", kind)
    (built.graph.project / FILE_NAME).write_bytes(learned)
    _configure(built, "--plan-jobs", JOBS)
    return built


def _configure(built: Built, *options: str) -> None:
    run([sys.executable, "-P", "-m", "ltogen", "configure", str(built.graph.project), "-B",
         str(built.graph.build), "--toolchain", built.graph.kind, *options], built.graph.project)
