"""A build with nothing to do, of a program of 1,000 sources, against SCons's own builders."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.process import Run, run
from campaigns.places import ROOT
from campaigns.result import Result

_SOURCES = 1000
_ROUNDS = 7
_TIME_AIM, _MEMORY_AIM = 1.3, 1.5
_PLAIN = """env = Environment(CC='{cc}', CCFLAGS=['-O1'], CPPPATH=['include'])
env.Program('program', Glob('src/*.c'))
"""
_OURS = """env = Environment(tools=['default', 'ltogen'], CCFLAGS=['-O1'], CPPPATH=['include'],
                  LTOGEN_TOOLCHAIN='system')
env.ThinLTOProgram('program', Glob('src/*.c'))
"""


def measure(folder: Path, compiler: str = "clang-22") -> Iterator[Result]:
    """The ratios of time and of memory, side by side."""
    plain, ours = folder / "plain", folder / "ltogen"
    _write(plain, _PLAIN.replace("{cc}", compiler))
    _write(ours, _OURS)
    shutil.copytree(ROOT / "site_scons", ours / "site_scons")
    for project in (plain, ours):
        run(["scons", "-Q", "-j2"], project)
        run(["scons", "-Q"], project)
    rounds: list[tuple[Run, Run]] = [(run(["scons", "-Q"], ours), run(["scons", "-Q"], plain))
                                     for _ in range(_ROUNDS)]
    time = median(mine.seconds / other.seconds for mine, other in rounds)
    memory = median(mine.peak_kib / other.peak_kib for mine, other in rounds)
    mine, other = (median(one.seconds for one in column) for column in zip(*rounds, strict=True))
    yield Result("null build", f"{time:.2f}", time <= _TIME_AIM,
                 f"{mine:.2f} s against {other:.2f} s of plain SCons, aim {_TIME_AIM}")
    yield Result("memory", f"{memory:.2f}", memory <= _MEMORY_AIM,
                 f"{rounds[-1][0].peak_kib // 1024} MiB against "
                 f"{rounds[-1][1].peak_kib // 1024} MiB, aim {_MEMORY_AIM}")


def _write(folder: Path, script: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "src").mkdir(parents=True)
    (folder / "include").mkdir()
    (folder / "SConstruct").write_text(script)
    (folder / "include/all.h").write_text(
        "".join(f"int f{number}(int);\n" for number in range(_SOURCES + 1)))
    for number in range(_SOURCES):
        (folder / f"src/f{number}.c").write_text(
            f'#include "all.h"\nint f{number}(int x) {{ return f{number + 1}(x) + {number}; }}\n')
    (folder / "src/main.c").write_text(
        f'#include "all.h"\nint f{_SOURCES}(int x) {{ return x; }}\n'
        "int main(int count, char **words) { (void)words; return f0(count) & 1; }\n")
