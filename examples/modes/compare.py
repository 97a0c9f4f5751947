#!/usr/bin/env python3
"""Builds examples/modes in all four modes, and shows what each made of it.

usage: examples/modes/compare.py [option of `ltogen configure` ...]
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODES = ("thin", "fat", "combine", "off")
REMARKS = {"thin": "temps/thin", "fat": "temps/fat", "combine": "temps/combine",
           "off": "object/off"}
OBJECTS = {"thin": "native/thin", "fat": "merged/fat", "combine": "merged/combine",
           "off": "object/off"}


def main(options: list[str]) -> None:
    """Build, run and look, mode by mode; then print the table."""
    command("ltogen", "configure", *options, "--save-temps")
    command("ninja", "-t", "clean")
    rows = [("mode", "objects", "size", "build", "run", "inlined from other modules")]
    printed = {}
    for mode in MODES:
        build, _ = command("ninja", f"out/{mode}")
        run, printed[mode] = command(f"out/{mode}")
        size = (HERE / "out" / mode).stat().st_size
        objects = len(list((HERE / "out" / OBJECTS[mode]).rglob("*.o")))
        rows.append((mode, str(objects), f"{size / 1024:.1f} KiB", f"{build:.2f} s", f"{run:.2f} s",
                     ", ".join(sorted(inlined(mode))) or "nothing"))
    assert len(set(printed.values())) == 1, f"the modes do not agree: {printed}"
    print(f"All four: {printed['off']}")
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def command(*words: str) -> tuple[float, str]:
    """Run one command here; its seconds and what it printed."""
    start = time.monotonic()
    done = subprocess.run(words, cwd=HERE, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stdout}")
    return time.monotonic() - start, done.stdout


def inlined(mode: str) -> set[str]:
    """Functions that code of another source took in, as LLVM's remarks tell it."""
    home = {name: path for path in HERE.glob("src/*.c")
            for name in re.findall(r"^\w[\w ]*?\b(\w+)\(.*\)$", path.read_text(), re.MULTILINE)}
    found = set()
    for path in (HERE / "out" / REMARKS[mode]).rglob("*.opt.yaml"):
        for remark in path.read_text().split("--- ")[1:]:
            callee = re.search(r"Callee: +(\w+)", remark)
            caller = re.search(r"Caller: +(\w+)", remark)
            if re.search(r"Name: +Inlined", remark) and callee and caller and home.get(
                    callee[1]) != home.get(caller[1]):
                found.add(callee[1])
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
