"""Random programs, cut in a random number of units, against a plain compile."""

from __future__ import annotations

import itertools
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from campaigns.result import Result
from campaigns.units.cut_program import ENDLESS, SECONDS, Program, ends, run
from ltogen.base.errors import UserError
from ltogen.toolchain import Toolchain

_PROGRAMS = 300  # that end
_FLAGS = ("-w", "-I/usr/include/csmith")
_SAME = "same"
_GOOD = (_SAME, ENDLESS)


def measure(folder: Path, toolchain: Toolchain) -> Iterator[Result]:
    """All programs must print what they print at -O0 and -O2."""
    if shutil.which("csmith") is None:
        raise UserError("no csmith; install Debian's csmith and libcsmith-dev")
    found = Counter[str]()
    seeds = itertools.count(1)
    while found.total() - found[ENDLESS] < _PROGRAMS:
        missing = _PROGRAMS + found[ENDLESS] - found.total()
        found += ends(((folder / f"seed {seed}", partial(_compare, seed=seed, toolchain=toolchain))
                       for seed in itertools.islice(seeds, missing)), _GOOD)
    wrong = {end: count for end, count in found.items() if end not in _GOOD}
    yield Result("csmith", f"{found[_SAME]}/{_PROGRAMS}", not wrong,
                 f"{found[ENDLESS]} more do not end in {SECONDS} s"
                 + "".join(f"; {count}: {end}" for end, count in wrong.items()))


def _compare(folder: Path, seed: int, toolchain: Toolchain) -> str:
    run(folder, "csmith", "-s", str(seed), "-o", "t.c")
    program = Program(folder, "t.c", (*toolchain.cc, *_FLAGS), toolchain)
    expected = program.plain()
    if expected is None:
        return f"{folder.name}: plain programs differ"
    count = random.Random(seed).randint(1, 8)
    program.cut(count)
    return _SAME if program.printed("cut") == expected else f"{folder.name}: wrong in {count} units"
