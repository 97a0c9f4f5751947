"""A generated parser of five megabytes of C."""

from __future__ import annotations

from pathlib import Path

from campaigns.checks.build import Built, output_of, same
from campaigns.units import grammar
from campaigns.units.program import Program

_INPUTS = 200
_PROJECT = """
[project]
name = "parser"
[targets.parser]
kind = "executable"
sources = ["{folder}/*.c"]
"""


def _project(folder: Path) -> str:
    made = folder / "source"
    made.mkdir(exist_ok=True)
    (made / "parser.c").write_text(grammar.source())
    return _PROJECT.replace("{folder}", str(made))


def _workload(program: str, _: Path) -> list[list[str]]:
    return [[program, str(seed), "300000"] for seed in (1, 2)]


def _tests(built: Built) -> str:
    """Inputs of all lengths: what a program without optimisation prints."""
    plain, program = built.plain("parser", [], []), built.product("parser")
    for seed in range(_INPUTS):
        words = [str(seed), str(seed * seed)]
        same(f"input {seed}", output_of([program, *words]), output_of([plain, *words]))
    return f"{_INPUTS} inputs, same as plain -O0"


PARSER = Program("parser", "parser.c", 4, _project, _workload, _tests)
