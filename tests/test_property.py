"""Whatever the program and whatever the edit: an incremental build is as good as a clean one.

A program is drawn, built, and edited a few times. After each edit the build equals a clean build of
the same sources, the program prints what an unoptimised one prints, the edges that ran are exactly
those whose inputs changed, and then there is nothing left to do.

`LTOGEN_EXAMPLES=200` tries so many programs with each toolchain, and `LTOGEN_SEED` other ones;
`pytest -rP` then tells what was tried.
"""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import AnyStr

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from tests.conftest import TOOLCHAINS
from tests.support import graph, program_text
from tests.support.edits import Edit, edits
from tests.support.programs import MAIN, Program, programs
from tests.support.reference import Reference
from tests.support.workspace import Workspace

_EXAMPLES = int(os.environ.get("LTOGEN_EXAMPLES", "2"))
_SEED = int(os.environ.get("LTOGEN_SEED", "0"))
# After ten examples, hypothesis goes on with variations of those: it is asked anew before that.
_BATCH = 8


@dataclass
class Tally:
    """What a campaign tried; printed at its end, for `pytest -rP`."""

    programs: int = 0
    builds: int = 0
    ran: int = 0
    edges: int = 0
    changes: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        kinds = ", ".join(f"{name}: {count}" for name, count in sorted(self.changes.items()))
        return (f"{self.programs} programs, {sum(self.changes.values())} edits, "
                f"{self.builds} of them changed a file; their builds ran {self.ran} of "
                f"{self.edges} edges; {kinds}")


class Session:
    """One program in the folder where its edits happen, and everything it is compared with."""

    def __init__(self, folder: Path, toolchain: str, tally: Tally) -> None:
        self._work = Workspace(folder / "work", toolchain)
        self._clean = Workspace(folder / "some" / "where else", toolchain)
        self._reference = Reference.of(folder / "reference", toolchain)
        self._files: dict[str, str] = {}
        self._state = graph.NOTHING
        self._tally = tally

    def start(self, program: Program) -> None:
        """Build the program for the first time."""
        self._write(program_text.files(program))
        self._work.configure()
        self._build(first=True)
        self._compare(program)

    def edit(self, program: Program) -> None:
        """Build after the edit that led to `program`."""
        files = program_text.files(program)
        same = files == self._files
        self._write(files)
        ran = self._build()
        if same:
            assert not ran, f"nothing was edited, and yet these edges ran: {ran}"
            return
        self._tally.builds += 1
        self._tally.ran += len(ran)
        self._tally.edges += len(self._state.wanted)
        self._compare(program)

    def _write(self, files: dict[str, str]) -> None:
        """Make the folder hold these files; those that stay the same are not touched."""
        _note_difference(self._files, files)
        for name in self._files.keys() - files.keys():
            (self._work.root / name).unlink()
        self._work.write({name: text for name, text in files.items()
                          if self._files.get(name) != text})
        self._files = files

    def _build(self, first: bool = False) -> list[str]:
        """Run Ninja; exactly the edges whose inputs changed may run, each of them once."""
        done = self._work.make("-v")
        after = graph.state(self._work, self._state)
        ran = sorted(after.ran(done))
        expected = after.changed_since(self._state) - ({"build.ninja"} if first else set())
        # An edge that comes back may run although it would make the same again.
        expected |= after.came_back(self._state) & set(ran)
        assert ran == sorted(expected), (
            f"ran without a changed input: {sorted(set(ran) - expected)}\n"
            f"did not run, though an input changed: {sorted(expected - set(ran))}\n{done.text}")
        self._state = after
        assert self._work.no_work(), "the second build found work to do"
        return ran

    def _compare(self, program: Program) -> None:
        printed = self._reference.outputs(program, self._files)
        for home in program.homes():
            if home in MAIN:
                assert self._work.output(home) == printed[home], f"{home} prints something else"
        shutil.rmtree(self._clean.root, ignore_errors=True)
        self._clean.write(self._files)
        self._clean.configure()
        self._clean.make()
        # What the default goal no longer makes may stay, as it would after `ninja out/libutil.a`.
        different = _different(self._work.snapshot(), self._clean.snapshot())
        unwanted = {path.removeprefix("out/") for path in self._state.unwanted()}
        assert [path for path in different if path not in unwanted] == []
        assert _manifest(self._work) == _manifest(self._clean)


def _note_difference(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Tell what is edited, if this example turns out to fail."""
    for name in _different(before, after):
        note("\n".join(difflib.unified_diff(
            before.get(name, "").splitlines(), after.get(name, "").splitlines(),
            name, name, lineterm="", n=0 if before else 99)))


def _different(one: Mapping[str, AnyStr], other: Mapping[str, AnyStr]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _manifest(workspace: Workspace) -> list[str]:
    """The manifest without its order, which follows durations."""
    return sorted((workspace.root / "build.ninja").read_text().splitlines())


@pytest.mark.parametrize("batch", range(-(-_EXAMPLES // _BATCH)))
@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_an_incremental_build_is_as_good_as_a_clean_one(toolchain: str, batch: int) -> None:
    tally = Tally()

    @seed(f"{toolchain} {_SEED} {batch}")
    @settings(max_examples=min(_BATCH, _EXAMPLES - batch * _BATCH), deadline=None, database=None,
              phases=(Phase.generate, Phase.shrink),
              suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large))
    @given(programs(), st.lists(edits(8), min_size=3, max_size=6))
    def check(program: Program, changes: list[Edit]) -> None:
        _check(program, changes, toolchain, tally)

    check()
    print(tally)


def _check(program: Program, changes: list[Edit], toolchain: str, tally: Tally) -> None:
    history = [program]
    tally.programs += 1
    with tempfile.TemporaryDirectory(prefix="ltogen-") as folder:
        session = Session(Path(folder), toolchain, tally)
        session.start(program)
        for edit in changes:
            note(f"--- then: {edit.change.value}")
            tally.changes[edit.change.value] += 1
            history.append(edit.apply(history))
            session.edit(history[-1])
