"""`python -m campaigns.pool [PART…]`: recursion, kills, capped, overhead."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from campaigns import report
from campaigns.places import WORK, leave_store_alone
from campaigns.pool import capped, kills, overhead, recursion
from ltogen.toolchain import Request, choose

_PARTS = ("recursion", "kills", "capped", "overhead")


def main(words: list[str]) -> int:
    """Run the command line; 1 if anything is not as it should be."""
    leave_store_alone()
    parser = argparse.ArgumentParser("python -m campaigns.pool", description=__doc__)
    parser.add_argument("parts", metavar="PART", nargs="*", choices=[*_PARTS, []],
                        help=f"of {', '.join(_PARTS)}; default: all")
    parser.add_argument("--work", type=Path, default=WORK / "pool", metavar="DIR")
    parser.add_argument("--kills", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=4, metavar="N")
    options = parser.parse_args(words)
    toolchain = choose(Request(kind="system"), Path("/nonexistent"))
    work = options.work.resolve()
    parts = {
        "recursion": lambda: recursion.measure(toolchain, work),
        "kills": lambda: kills.measure(toolchain, work, options.kills, options.seed),
        "capped": lambda: capped.measure(toolchain, work),
        "overhead": lambda: overhead.measure(toolchain, work),
    }
    results = {name: list(parts[name]()) for name in options.parts or _PARTS}
    return report.finish(results, toolchain)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
