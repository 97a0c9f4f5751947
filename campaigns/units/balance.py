"""The backends of a source's units, each alone on the machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.process import run
from campaigns.checks.build import Built
from campaigns.result import Result
from campaigns.units.program import Program
from ltogen.toolchain import Toolchain

_ROUNDS = 3
_AIM = 1.25


def balance(built: Built, program: Program, toolchain: Toolchain) -> Result:
    """The slowest unit of the largest source against their mean.

    A function that takes longer than the mean cannot be cut, and does not count.
    """
    objects = sorted((built.graph.build / "out/native" / program.product).rglob(
        f"{program.largest}.unit*.o"))
    rounds = [_seconds(built, objects, program) for _ in range(_ROUNDS)]
    times = [min(times) for times in zip(*rounds, strict=True)]
    mean = sum(times) / len(times)
    slowest = max(times)
    name, share = _largest(objects[times.index(slowest)], toolchain)
    alone = share * slowest > mean and slowest > _AIM * mean
    note = f"backends: {', '.join(f'{one:.2f}' for one in times)} s; aim {_AIM}"
    return Result("balance", f"{slowest / mean:.2f}", None if alone else slowest <= _AIM * mean,
                  note + f"; {name} alone is {share:.0%} of the slowest" * alone)


def _seconds(built: Built, objects: list[Path], program: Program) -> list[float]:
    """What each backend takes, by Ninja's log."""
    for path in objects:
        path.unlink()
    # (Another link of the same module may have left its object here.)
    shutil.rmtree(built.graph.build / "out/shared", ignore_errors=True)
    built.graph.ninja("-j1", f"out/{program.product}")
    log = (built.graph.build / "out/.ninja_log").read_text().splitlines()[1:]
    ends = {words[3]: int(words[1]) - int(words[0]) for words in (line.split("\t") for line in log)}
    return [ends[str(path.relative_to(built.graph.build))] / 1000 for path in objects]


def _largest(path: Path, toolchain: Toolchain) -> tuple[str, float]:
    """The largest function of an object, and its share of the code."""
    nm = Path(toolchain.ar[0]).with_name("llvm-nm")
    lines = run([str(nm), "--print-size", str(path)], path.parent).output.splitlines()
    sizes = {words[3]: int(words[1], 16) for words in map(str.split, lines)
             if len(words) == 4 and words[2] in "tTwW"}
    name = max(sizes, key=lambda name: sizes[name])
    return name, sizes[name] / sum(sizes.values())
