"""`python -m bench.units [PART…]`: sources that are cut, against the same whole."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench import report
from bench.checks.build import CheckError
from bench.places import WORK
from bench.result import Result
from bench.units import csmith, merge, stability, torture, workers
from bench.units.lua import LUA
from bench.units.parser import PARSER
from bench.units.program import Program
from bench.units.proof import measure
from bench.units.sqlite import SQLITE
from bench.units.zstd import ZSTD
from ltogen.base.errors import UserError
from ltogen.toolchain import Request, Toolchain, choose

Part = Callable[[Path, Toolchain], Iterator[Result]]
PROGRAMS: dict[str, Program] = {"sqlite": SQLITE, "zstd": ZSTD, "lua": LUA, "parser": PARSER}
PARTS: dict[str, Part] = {
    **{name: partial(measure, program) for name, program in PROGRAMS.items()},
    "workers": workers.measure, "merge": merge.measure, "stability": stability.measure,
    "csmith": csmith.measure, "torture": torture.measure}


def main(words: list[str]) -> int:
    """Run the command line; 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser("python -m bench.units", description=__doc__)
    parser.add_argument("parts", metavar="PART", nargs="*",
                        help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--work", type=Path, default=WORK / "units", metavar="DIR")
    options = parser.parse_args(words)
    toolchain = choose(Request(kind="system"), Path("/nonexistent"))
    results: dict[str, list[Result]] = {}
    for name in options.parts or PARTS:
        start = time.perf_counter()
        folder = options.work.resolve() / name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            results[name] = list(PARTS[name](folder, toolchain))
        except (CheckError, UserError, OSError) as error:
            results[name] = [Result("failed", "FAILED", False, str(error))]
        print(f"bench.units: {name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return report.finish(results, toolchain)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
