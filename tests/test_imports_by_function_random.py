"""When a changed module is said to be the same to an importer, the importer's object is the same.

A module and an edit of it are drawn, and which of it another module uses. That one's backend runs
with the index of the first version and both versions of the module. `LTOGEN_EXAMPLES=300` tries so
many, and `LTOGEN_SEED` other ones; `pytest -rP` tells what was tried.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from ltogen.incremental import facts, index, reader
from tests.support.importing import Exporter, edited, exporters, importer
from tests.support.system_toolchain import CC, CXX, MAJOR, SYSTEM, needs_clang

pytestmark = [needs_clang, pytest.mark.skipif(
    MAJOR < 22, reason="this clang cannot name promoted locals by their source file")]

_EXAMPLES = int(os.environ.get("LTOGEN_EXAMPLES", "6"))
_SEED = int(os.environ.get("LTOGEN_SEED", "0"))
_BATCH = 40


class Pair:
    """An exporter and its importer, in a folder."""

    def __init__(self, folder: Path, flags: tuple[str, ...], *, plus: bool) -> None:
        self._folder, self._flags = folder, flags
        self._compiler, self._suffix = (CXX, "cpp") if plus else (CC, "c")
        (folder / "versions").write_text("V1 { }; V2 { };")

    def compile(self, name: str, text: str, flags: tuple[str, ...]) -> bytes:
        """The bitcode of a source."""
        (self._folder / f"{name}.{self._suffix}").write_text(text)
        self._run(self._compiler, "-w", "-O2", *flags, "-flto=thin", "-c",
                  f"{name}.{self._suffix}", "-o", f"{name}.o")
        return (self._folder / f"{name}.o").read_bytes()

    def index(self) -> bytes:
        """The importer's index."""
        assert SYSTEM is not None
        self._run(*SYSTEM.ld, "-shared", "--thinlto-index-only", "--version-script=versions",
                  "-o", "/dev/null", "m.o", "e.o")
        return (self._folder / "m.o.thinlto.bc").read_bytes()

    def object(self) -> bytes | None:
        """The importer's object; None if its backend fails."""
        done = subprocess.run([
            self._compiler, "-w", "-O2", "-c", "-x", "ir", "m.o", "-fthinlto-index=m.o.thinlto.bc",
            "-mllvm", "-use-source-filename-for-promoted-locals", "-o", "native.o"],
            cwd=self._folder, capture_output=True, check=False)
        return (self._folder / "native.o").read_bytes() if done.returncode == 0 else None

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, cwd=self._folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


def test_what_is_said_to_be_the_same_gives_the_same_object() -> None:
    tally: Counter[str] = Counter()
    for batch in range(-(-_EXAMPLES // _BATCH)):
        @seed(f"{_SEED} {batch}")
        @settings(max_examples=min(_BATCH, _EXAMPLES - batch * _BATCH), deadline=None,
                  database=None, phases=(Phase.generate, Phase.shrink),
                  suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large))
        @given(st.data())
        def check(data: st.DataObject) -> None:
            old = data.draw(exporters())
            used = data.draw(st.frozensets(st.sampled_from([name for name, _ in old.pieces]),
                                           min_size=1))
            tally[_check(old, data.draw(edited(old)), used)] += 1

        check()
    print(", ".join(f"{kind}: {count}" for kind, count in sorted(tally.items())))


def _check(old: Exporter, new: Exporter, used: frozenset[str]) -> str:
    """What came out of one edit."""
    if old.plus != new.plus:
        return "another language"
    note(f"{used} of\n{old.text()}\n--- then, with {new.flags}\n{new.text()}")
    with tempfile.TemporaryDirectory(prefix="ltogen-") as folder:
        pair = Pair(Path(folder), old.flags, plus=old.plus)
        pair.compile("m", importer(old, used), old.flags)
        before = pair.compile("e", old.text(), old.flags)
        taken = index.taken(pair.index())
        assert taken is not None
        first = pair.object()
        after = pair.compile("e", new.text(), new.flags)
        if b"e.o" not in taken or before == after:
            return "nothing to compare"
        # (llvmlite may be of another version.)
        one, other = (reader.facts_of(version, (CC,)) for version in (before, after))
        assert one is not None
        assert other is not None
        said = facts.changed(one, other, taken[b"e.o"].definitions)
        second = pair.object()
        if said:
            return "differs" if first != second else "differs, but its object does not"
        assert first is not None
        assert first == second
        return "the same"
