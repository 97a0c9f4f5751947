"""The examples, run as their pages say."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.support.workspace import NINJA, run

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_modes_side_by_side(tmp_path: Path, toolchain: str) -> None:
    shutil.copytree(EXAMPLES / "modes", tmp_path / "modes",
                    ignore=shutil.ignore_patterns("out", "build.ninja"))
    path = f"{Path(sys.executable).parent}:{Path(NINJA).parent}:{os.environ['PATH']}"
    done = run([sys.executable, str(tmp_path / "modes/compare.py"), "--toolchain", toolchain],
               tmp_path, {"PATH": path})
    assert done.status == 0, done.text
    summary, _, _, *rows = done.stdout.splitlines()
    assert summary == "All four: 2336 of 4096 cells are alive"
    everything = "alive, cell_at, rule_of, set_cell, step"
    assert {row.split()[0]: (row.split()[1], row.split(" s  ")[-1]) for row in rows} == {
        "thin": ("4", everything), "fat": ("1", everything),
        "combine": ("1", "nothing"), "off": ("4", "nothing")}


def test_a_program_and_its_libraries_by_scons(tmp_path: Path, toolchain: str) -> None:
    project = tmp_path / "scons"
    shutil.copytree(EXAMPLES / "scons", project,
                    ignore=shutil.ignore_patterns("ltogen.out", ".sconsign*"))
    scons = [sys.executable, "-m", "SCons", "-Q"]
    # The package may be installed or not: the folder is found beside it.
    environment = {"PYTHONPATH": str(EXAMPLES.parent)}
    text = (project / "SConstruct").read_text()
    (project / "SConstruct").write_text(text.replace(
        "CPPPATH=", f'LTOGEN_TOOLCHAIN="{toolchain}", CPPPATH='))
    done = run(scons, project, environment)
    assert done.status == 0, done.text
    assert run([str(project / "count"), "a b c"], tmp_path).stdout == "3 words\n"
    assert run(scons, project, environment).stdout == "scons: `.' is up to date.\n"
    assert b"is_letter" not in (project / "ltogen.out/native/count/words/count.o").read_bytes()
