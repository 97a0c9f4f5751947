"""Random programs, cut in a random number of units, against a plain compile."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.existing.subject import Result
from ltogen.errors import UserError
from ltogen.lower.units import TO_IR
from ltogen.steps.split.main import split
from ltogen.toolchain import Toolchain

_PROGRAMS = 300
_SECONDS = 10  # some random programs never end
_HEADERS = "/usr/include/csmith"


def measure(folder: Path, toolchain: Toolchain) -> Iterator[Result]:
    """All programs must print what they print at -O0 and -O2."""
    if shutil.which("csmith") is None:
        raise UserError("no csmith; install Debian's csmith and libcsmith-dev")
    with ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(_program, folder / str(seed), seed, toolchain)
                for seed in range(1, _PROGRAMS + 1)]
        ends = Counter(job.result() for job in jobs)
    wrong = {end: count for end, count in ends.items() if end not in ("same", "endless")}
    yield Result("csmith", f"{ends['same']}/{_PROGRAMS - ends['endless']}", not wrong,
                 f"{ends['endless']} more do not end in {_SECONDS} s"
                 + "".join(f"; {count}: {end}" for end, count in wrong.items()))


def _program(folder: Path, seed: int, toolchain: Toolchain) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        end = _compare(folder, seed, toolchain)
    except subprocess.TimeoutExpired:
        end = "endless"
    except subprocess.CalledProcessError as error:
        return f"seed {seed}: {error}"
    if end in ("same", "endless"):
        shutil.rmtree(folder)
    return end


def _compare(folder: Path, seed: int, toolchain: Toolchain) -> str:
    driver = (*toolchain.cc, "-w", f"-I{_HEADERS}")
    _run(folder, "csmith", "-s", str(seed), "-o", "t.c")
    expected = ""
    for level in ("-O0", "-O2"):
        _run(folder, *driver, level, "t.c", "-o", "plain")
        printed = _run(folder, "./plain", seconds=_SECONDS)
        if expected and printed != expected:
            return f"seed {seed}: plain programs differ"
        expected = printed
    thin = (*driver, "-O2", "-flto=thin")
    _run(folder, *thin, *TO_IR, "t.c", "-o", "t.ll")
    count = random.Random(seed).randint(1, 8)
    units = split((folder / "t.ll").read_text(encoding="latin-1"), count, "t.c")
    for number, text in enumerate(units):
        (folder / f"u{number}.ll").write_text(text, encoding="latin-1")
        _run(folder, *thin, "-x", "ir", "-c", f"u{number}.ll", "-o", f"u{number}.o")
    _run(folder, *thin, f"-fuse-ld={toolchain.ld[0]}", *(f"u{number}.o" for number in range(count)),
         "-o", "cut")
    printed = _run(folder, "./cut", seconds=3 * _SECONDS)
    return "same" if printed == expected else f"seed {seed}: wrong in {count} units"


def _run(folder: Path, *words: str, seconds: int | None = None) -> str:
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True,
                          timeout=seconds).stdout
