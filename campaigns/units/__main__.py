"""`python -m campaigns.units [PART…]`: sources that are cut, against the same whole."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from campaigns import report
from campaigns.checks.build import CheckError
from campaigns.places import WORK, leave_store_alone
from campaigns.result import Result
from campaigns.units import csmith, merge, stability, torture, workers
from campaigns.units.lua import LUA
from campaigns.units.parser import PARSER
from campaigns.units.program import Program
from campaigns.units.proof import measure
from campaigns.units.sqlite import SQLITE
from campaigns.units.zstd import ZSTD
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
    leave_store_alone()
    parser = argparse.ArgumentParser("python -m campaigns.units", description=__doc__)
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
        print(f"campaigns.units: {name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return report.finish(results, toolchain)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
