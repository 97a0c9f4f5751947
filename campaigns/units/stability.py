"""How many of sixteen units an edit of one function of sqlite3 changes."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from campaigns.result import Result
from campaigns.units import sqlite
from ltogen.lower.cut_sources import TO_IR
from ltogen.steps.cut.main import cut
from ltogen.toolchain import Toolchain

_EDITS, _UNITS, _AIM = 100, 16, 2
# A function of one line of head; the edit keeps every line where it is.
_FUNCTION = re.compile(r"^(?:static |SQLITE_PRIVATE )[^;{}()]+\([^;{}]*\)\{$", re.MULTILINE)


def measure(folder: Path, toolchain: Toolchain) -> Iterator[Result]:
    """The median over random edits."""
    made = sqlite.sources(folder.parent / "sqlite")
    text = (made / "sqlite3.c").read_text()
    places = [found.end() for found in _FUNCTION.finditer(text)]
    whole = _units(folder, text, toolchain)
    random.Random(1).shuffle(places)
    changed: list[int] = []
    while len(changed) < _EDITS:
        place = places.pop()
        edited = f'{text[:place]} __asm__ volatile("nop");{text[place:]}'
        units = _units(folder, edited, toolchain)
        if units != whole:  # (Much of it is not compiled.)
            changed.append(sum(one != other for one, other in zip(whole, units, strict=True)))
    middle = median(changed)
    yield Result("units changed", f"{middle:g}", middle <= _AIM,
                 f"of {_UNITS}, median of {_EDITS} edits; most {max(changed)}; "
                 f"{sum(one > _AIM for one in changed)} changed more than {_AIM}; aim {_AIM}")


def _units(folder: Path, text: str, toolchain: Toolchain) -> list[str]:
    source, ir = folder / "sqlite3.c", folder / "sqlite3.ll"
    source.write_text(text)
    subprocess.run([*toolchain.cc, "-O2", "-flto=thin", *TO_IR, "sqlite3.c", "-o",
                    str(ir)], cwd=folder, check=True)
    return cut(ir.read_text(encoding="latin-1"), _UNITS, "sqlite3.c")
