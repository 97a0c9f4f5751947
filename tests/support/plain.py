"""A program that a compiler made by itself, to compare with; and what of ours is in units."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ltogen.toolchain import Request, choose


def printed(folder: Path, kind: str, source: Path, *words: str) -> str:
    """What the program of one source prints, built in `folder` with a kind of toolchain."""
    toolchain = choose(Request(kind=kind), folder / "none.json")
    cxx = source.suffix == ".cpp"
    driver = toolchain.cxx if cxx else toolchain.cc
    if kind == "embedded":
        driver = (driver[0], "c++" if cxx else "cc")
    program = folder / "plain"
    subprocess.run([*driver, *words, str(source), "-o", str(program)], check=True,
                   capture_output=True)
    return subprocess.run([program], check=True, capture_output=True, text=True).stdout


def units_with_code(out: Path) -> set[str]:
    """The codegen units of a graph that have code of their own."""
    return {path.name for path in (out / "units").rglob("*.unit*.ll")
            if "\ndefine " in path.read_text()}
