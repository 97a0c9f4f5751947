"""GCC's torture tests, cut in a random number of units, against a plain compile."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.existing.subject import Result
from bench.places import fresh, need_package
from bench.process import run
from bench.units.cut_program import Program, ends
from ltogen.errors import UserError
from ltogen.toolchain import Toolchain

_PACKAGE = "gcc-12"
_TESTS = "gcc/testsuite/gcc.c-torture/execute"
# Most are older than C99; clang takes what they leave out for an error, unless it is told.
_FLAGS = ("-w", "-std=gnu17", *(f"-Wno-{name}" for name in (
    "implicit-int", "implicit-function-declaration", "int-conversion", "return-mismatch",
    "return-type", "incompatible-pointer-types", "incompatible-function-pointer-types")))
_OPTIONS = re.compile(r'dg-(?:additional-)?options "([^"]*)"')
_CUT, _WHOLE, _SKIPPED, _THIN = "cut", "whole", "skipped", "thin"
_GOOD = (_CUT, _WHOLE, _SKIPPED, _THIN)


def measure(folder: Path, toolchain: Toolchain) -> Iterator[Result]:
    """All tests that pass at -O0 and -O2 must pass in units, and print the same."""
    tests = _tests(folder)
    found = ends(((folder / "run" / path.relative_to(tests).with_suffix(""),
                   partial(_compare, path, toolchain))
                  for path in sorted((*tests.glob("*.c"), *tests.glob("ieee/*.c")))), _GOOD)
    wrong = [end for end in found if end not in _GOOD]
    same = found[_CUT] + found[_WHOLE]
    yield Result("torture", f"{same}/{same + len(wrong)}", not wrong,
                 f"{found[_CUT]} have code in more than one unit, {found[_WHOLE]} in one; "
                 f"{found[_SKIPPED]} more do not pass a plain compile, {found[_THIN]} not whole "
                 "through ThinLTO"
                 + "".join(f"; {end}" for end in wrong))


def _tests(folder: Path) -> Path:
    """The folder of the tests, from the tarball in Debian's source package."""
    if not (folder / "execute").is_dir():
        tarball = next(need_package(_PACKAGE, _PACKAGE).glob("gcc-*.tar.*"), None)
        if tarball is None:
            raise UserError(f"the source package {_PACKAGE} has no tarball of gcc")
        unpacked = fresh(folder / "unpacked")
        run(["tar", "-xf", str(tarball), "--wildcards", f"*/{_TESTS}"], unpacked)
        shutil.move(next(unpacked.glob(f"*/{_TESTS}")), folder)
    return folder / "execute"


def _compare(source: Path, toolchain: Toolchain, folder: Path) -> str:
    """What comes of one test."""
    shutil.copy(source, folder)
    flags = (*_FLAGS, *_own_flags(source), f"-iquote{source.parent}")
    program = Program(folder, source.name, flags, toolchain, ("-lm",))
    try:
        expected = program.plain()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return _SKIPPED
    if expected is None:
        return _SKIPPED
    count = random.Random(source.name).randint(2, 8)
    with_code = program.cut(count)
    if _prints(program, "cut", expected):
        return _CUT if with_code > 1 else _WHOLE
    program.whole()
    if _prints(program, "whole", expected):
        return f"{folder.name}: wrong in {count} units"
    return _THIN  # it asks what the optimiser knows, which is more in any thin link


def _prints(program: Program, name: str, expected: str) -> bool:
    try:
        return program.printed(name) == expected
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return False


def _own_flags(source: Path) -> tuple[str, ...]:
    """What a test says of the language that it is written in."""
    words = " ".join(_OPTIONS.findall(source.read_text(encoding="latin-1"))).split()
    return tuple(word for word in words if word.startswith(("-f", "-std=", "-D")))
