"""GCC's own tests, cut in a random number of units, against a plain compile."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.places import fresh
from bench.process import run
from campaigns.places import need_package
from campaigns.result import Result
from campaigns.units.cut_program import Program, ends
from ltogen.base.errors import UserError
from ltogen.clang import flags
from ltogen.toolchain import Toolchain

_PACKAGE = "gcc-12"
_CUT, _WHOLE, _SKIPPED, _THIN = "cut", "whole", "skipped", "thin"
_GOOD = (_CUT, _WHOLE, _SKIPPED, _THIN)
_OPTIONS = re.compile(r'dg-(?:additional-)?options "([^"]*)"')
_NEWEST = re.compile(r"dg-do run \{ target c\+\+(20|23) ")


@dataclass(frozen=True, slots=True)
class _Suite:
    """Tests of one language: a folder of gcc's, which files of it, and what each of them says."""

    name: str
    folder: str
    patterns: tuple[str, ...]
    says: str
    flags: tuple[str, ...]

    def driver(self, source: Path, toolchain: Toolchain) -> tuple[str, ...]:
        """The compiler, and what a test says of the language that it is written in."""
        text = source.read_text(encoding="latin-1")
        words = " ".join(_OPTIONS.findall(text)).split()
        own = [word for word in words if word.startswith(("-f", "-std=", "-D"))]
        newest = _NEWEST.search(text)
        if newest:
            own.insert(0, f"-std=gnu++{newest[1]}")
        driver = toolchain.cxx if self.name == "c++" else toolchain.cc
        return (*driver, "-w", *self.flags, *own, f"-iquote{source.parent}")


_SUITES = (
    # Most are older than C99; clang takes what they leave out for an error, unless it is told.
    _Suite("c", "gcc.c-torture/execute", ("*.c", "ieee/*.c"), "",
           ("-std=gnu17", *(f"-Wno-{name}" for name in (
               "implicit-int", "implicit-function-declaration", "int-conversion",
               "return-mismatch", "return-type", "incompatible-pointer-types",
               "incompatible-function-pointer-types")))),
    _Suite("c++", "g++.dg", ("**/*.C",), "dg-do run", ()),
)


def measure(folder: Path, toolchain: Toolchain) -> Iterator[Result]:
    """All tests that pass at -O0 and -O2 must pass in units, and print the same."""
    for suite in _SUITES:
        tests = _tests(folder, suite)
        found = ends(((folder / suite.name / path.relative_to(tests).with_suffix(""),
                       partial(_compare, path, suite, toolchain))
                      for pattern in suite.patterns for path in sorted(tests.glob(pattern))
                      if suite.says in path.read_text(encoding="latin-1")), _GOOD)
        yield _result(suite.name, found)


def _result(name: str, found: Counter[str]) -> Result:
    wrong = [end for end in found if end not in _GOOD]
    same = found[_CUT] + found[_WHOLE]
    return Result(name, f"{same}/{same + len(wrong)}", not wrong,
                  f"{found[_CUT]} have code in more than one unit, {found[_WHOLE]} in one; "
                  f"{found[_SKIPPED]} more do not pass a plain compile, {found[_THIN]} not whole "
                  "through ThinLTO" + "".join(f"; {end}" for end in wrong))


def _tests(folder: Path, suite: _Suite) -> Path:
    """The folder of the tests, from the tarball in Debian's source package."""
    tests = folder / "tests" / suite.folder
    if not tests.is_dir():
        tarball = next(need_package(_PACKAGE, _PACKAGE).glob("gcc-*.tar.*"), None)
        if tarball is None:
            raise UserError(f"the source package {_PACKAGE} has no tarball of gcc")
        unpacked = fresh(folder / "unpacked")
        wanted = f"gcc/testsuite/{suite.folder}"
        run(["tar", "-xf", str(tarball), "--wildcards", f"*/{wanted}"], unpacked)
        tests.parent.mkdir(parents=True, exist_ok=True)
        next(unpacked.glob(f"*/{wanted}")).rename(tests)
    return tests


def _compare(source: Path, suite: _Suite, toolchain: Toolchain, folder: Path) -> str:
    """What comes of one test."""
    shutil.copy(source, folder)
    driver = suite.driver(source, toolchain)
    program = Program(folder, source.name, driver, toolchain, ("-lm", "-pthread"))
    expected = None if flags.whole_for(driver) else _expected(program)
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


def _expected(program: Program) -> str | None:
    try:
        return program.plain()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None


def _prints(program: Program, name: str, expected: str) -> bool:
    try:
        return program.printed(name) == expected
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return False
