"""A program in units against the same whole: the same answers, at what time, size and work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.places import fresh
from bench.process import run
from campaigns.checks.build import Built, CheckError, configured, output_of
from campaigns.result import Result
from campaigns.units import clean_builds
from campaigns.units.balance import balance
from campaigns.units.program import Program
from ltogen.base.errors import UserError
from ltogen.toolchain import Toolchain

_WORK_AIM = 1.02
_BALANCED = 4  # units


def measure(program: Program, folder: Path, toolchain: Toolchain) -> Iterator[Result]:
    """A cell of each column."""
    proof = _Proof(program, folder, toolchain.kind, program.project(folder))
    if program.time_aim is not None:
        auto = clean_builds.auto(proof.text, proof.whole, folder / "auto")
        yield from clean_builds.measure(program, proof.whole, proof.cut, auto)
    yield proof.cut_up()
    yield proof.answers()
    yield proof.tests()
    yield proof.work()
    yield proof.size()
    built = proof.cut if program.units == _BALANCED else proof.build(_BALANCED)
    yield balance(built, program, toolchain)


@dataclass
class _Proof:
    program: Program
    folder: Path
    kind: str  # of toolchain
    text: str  # of the project

    @cached_property
    def cut(self) -> Built:
        """The program in units."""
        return self.build(self.program.units)

    @cached_property
    def whole(self) -> Built:
        """The program as it would be otherwise."""
        return self.build(1)

    def build(self, units: int) -> Built:
        """From nothing."""
        built = configured(clean_builds.in_units(self.text, units),
                           self.folder / f"units{units}", self.kind)
        built.graph.ninja()
        return built

    def cut_up(self) -> Result:
        """How many modules of the largest source have code."""
        texts = [path.read_text(encoding="latin-1") for path in
                 (self.cut.graph.build / "out/units").rglob(f"{self.program.largest}.unit*.ll")]
        count = sum("\ndefine " in text for text in texts)
        return Result("cut", str(count), count > 1, f"{self.program.largest}, {len(texts)} units")

    def answers(self) -> Result:
        """Whether the workload prints what it prints with the whole one, and with a plain one."""
        plain = self.whole.plain(self.program.product, self.program.without,
                                 self.program.libraries, "-O2")
        programs = (self._product(self.cut), self._product(self.whole), plain)
        cut, whole, other = ([output_of(command) for command in self._workload(program)]
                             for program in programs)
        same = cut == whole == other
        return Result("answers", "same" if same else "WRONG", same,
                      f"as whole and plain -O2, {sum(map(len, cut))} bytes")

    def tests(self) -> Result:
        """Its own tests."""
        try:
            return Result("tests", "pass", True, self.program.tests(self.cut))
        except (CheckError, UserError) as error:
            return Result("tests", "FAILED", False, str(error))

    def work(self) -> Result:
        """What valgrind counts while the workload is done."""
        counted = [sum(self._instructions(command) for command in self._workload(program))
                   for program in map(self._product, (self.cut, self.whole))]
        ratio = counted[0] / counted[1]
        return Result("work", f"{ratio:.3f}", ratio <= _WORK_AIM,
                      f"{counted[0]} against {counted[1]} instructions; aim {_WORK_AIM}")

    def size(self) -> Result:
        """Of the files, symbols and all."""
        cut, whole = (Path(self._product(built)).stat().st_size
                      for built in (self.cut, self.whole))
        aim = self.program.size_aim
        return Result("size", f"{cut / whole:.3f}", None if aim is None else cut / whole <= aim,
                      f"{cut} against {whole} bytes" + ("" if aim is None else f"; aim {aim}"))

    def _product(self, built: Built) -> str:
        return built.product(self.program.product)

    def _workload(self, program: str) -> list[list[str]]:
        return self.program.workload(program, fresh(self.folder / "workload"))

    def _instructions(self, command: list[str]) -> int:
        written = self.folder / "callgrind.out"
        run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={written}", *command],
            self.folder)
        totals = next(line for line in written.read_text().splitlines()
                      if line.startswith("totals: "))
        return int(totals.split()[1])
