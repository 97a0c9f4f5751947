"""The examples, run as their pages say."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.workspace import NINJA, run

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_modes_side_by_side(tmp_path: Path, toolchain: str) -> None:
    shutil.copytree(EXAMPLES / "modes", tmp_path / "modes",
                    ignore=shutil.ignore_patterns("out", "build.ninja"))
    path = f"{Path(sys.executable).parent}:{Path(NINJA).parent}:{os.environ['PATH']}"
    done = run([sys.executable, str(tmp_path / "modes/compare.py"), "--toolchain", toolchain],
               tmp_path, {"PATH": path})
    assert done.status == 0, done.text
    said, _, _, *rows = done.stdout.splitlines()
    assert said == "All four: 2336 of 4096 cells are alive"
    everything = "alive, cell_at, rule_of, set_cell, step"
    assert {row.split()[0]: (row.split()[1], row.split(" s  ")[-1]) for row in rows} == {
        "thin": ("4", everything), "fat": ("1", everything),
        "combine": ("1", "nothing"), "off": ("4", "nothing")}
