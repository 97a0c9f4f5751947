"""Small sources in unity units, against each alone, and against lld's own ThinLTO."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.baseline import ByHand
from bench.graph import Graph
from bench.places import fresh
from bench.process import Run, run
from campaigns.checks.build import project_text
from campaigns.result import Result
from ltogen.toolchain import Toolchain

_SOURCES, _ROUNDS = 10_000, 3
_TINY_AIM, _ZSTD_AIM = 0.5, 1.0


def measure(folder: Path, toolchain: Toolchain) -> Iterator[Result]:
    """Of 10,000 functions with a file each; of zstd."""
    yield from _tiny(folder)
    yield from _zstd(folder)


def _tiny(folder: Path) -> Iterator[Result]:
    runs: dict[bool, Run] = {}
    printed: dict[bool, str] = {}
    for merge in (True, False):
        project = fresh(folder / f"tiny-{merge}")
        _write(project, merge=merge)
        graph = Graph(project, project / "build", "system")
        graph.configure()
        runs[merge] = graph.ninja()
        printed[merge] = run([str(graph.build / "out/program")], folder).output
        shutil.rmtree(project)
    ratio = runs[True].seconds / runs[False].seconds
    yield Result("10,000", f"{ratio:.2f}", ratio <= _TINY_AIM,
                 f"{runs[True].seconds:.0f} s merged against {runs[False].seconds:.0f} s, cold, "
                 f"2 jobs; aim {_TINY_AIM}")
    same = printed[True] == printed[False]
    yield Result("the same", "same" if same else "WRONG", same, printed[True].strip())


def _write(project: Path, *, merge: bool) -> None:
    (project / "src").mkdir()
    for number in range(_SOURCES):
        (project / f"src/f{number}.c").write_text(
            f"unsigned f{number + 1}(unsigned);\nunsigned f{number}(unsigned x) "
            f"{{ return f{number + 1}(x * {number | 1}u + 1) ^ x; }}\n")
    (project / "src/main.c").write_text(
        f"#include <stdio.h>\nunsigned f0(unsigned);\nunsigned f{_SOURCES}(unsigned x) "
        '{ return x; }\nint main(void) { printf("%u\\n", f0(7)); return 0; }\n')
    (project / "ltogen.toml").write_text(
        f'[targets.program]\nunity = {str(merge).lower()}\nsources = ["src/*.c"]\n')


def _zstd(folder: Path) -> Iterator[Result]:
    project, text = fresh(folder / "zstd"), project_text("zstd")
    (project / "ltogen.toml").write_text(text.replace("[project]\n", "[project]\nunity = true\n"))
    plain = fresh(folder / "zstd-plain")
    (plain / "ltogen.toml").write_text(text)
    graph, by_source = (Graph(one, one / "build", "system") for one in (project, plain))
    by_source.configure()  # what each source is compiled with, for lld's build
    rounds = []
    for _ in range(_ROUNDS):
        graph.configure()
        theirs = ByHand(by_source, plain / "by-hand")
        theirs.configure()
        rounds.append((graph.ninja(), theirs.ninja()))
    ratio = median(ours.seconds / other.seconds for ours, other in rounds)
    ours, other = rounds[-1]
    yield Result("zstd", f"{ratio:.2f}", ratio <= _ZSTD_AIM,
                 f"{ours.seconds:.1f} s merged against {other.seconds:.1f} s of lld, cold, "
                 f"{_ROUNDS} rounds; aim {_ZSTD_AIM}")
