"""`python -m bench [ROW…]`: measure ltogen against the tools it replaces."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import msgspec

from bench import machine, page
from bench.places import WORK
from bench.rows import GROUPS, ROWS
from bench.session import Session
from bench.table import Row, table
from ltogen.base.errors import UserError
from ltogen.toolchain.choose import Request, choose

# CMake and Meson cannot configure with the embedded compiler as it stands.
_NOT_EMBEDDED = ("configure",)


def main(words: list[str]) -> int:
    """Run the command line; the exit status."""
    try:
        return _measure(_parse(words))
    except UserError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("rows", metavar="ROW", nargs="*",
                        help=f"what to measure, of {', '.join([*ROWS, *GROUPS])}; default: all but "
                        f"{', '.join(GROUPS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--toolchain", choices=("system", "embedded"), default="system")
    parser.add_argument("--work", type=Path, default=WORK, metavar="DIR",
                        help="build there, say on a quieter disk (default: bench/work)")
    parser.add_argument("-n", type=int, default=5, metavar="N", dest="runs",
                        help="counted runs of each (default: 5)")
    parser.add_argument("--edits", type=int, default=30, metavar="N",
                        help="random edits of each kind (default: 30)")
    parser.add_argument("--seed", type=int, default=1, metavar="N",
                        help="of the random edits (default: 1)")
    options = parser.parse_args(words)
    for name in options.rows:
        if name not in ROWS and name not in GROUPS:
            parser.error(f"no row '{name}'; one of {', '.join([*ROWS, *GROUPS])}")
    options.rows = [row for name in options.rows for row in GROUPS.get(name, (name,))]
    return options


def _measure(options: argparse.Namespace) -> int:
    facts = machine.facts(choose(Request(kind=options.toolchain), Path("/nonexistent")))
    long = {name for names in GROUPS.values() for name in names}
    names = options.rows or [name for name in ROWS if name not in long and (
        options.toolchain == "system" or name not in _NOT_EMBEDDED)]
    session = Session(options.toolchain, options.runs, options.work.resolve(), options.edits,
                      options.seed)
    rows = [row for name in names for row in _rows(name, session)]
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    print(f"medians of {options.runs} runs side by side; a ratio is the median of the pairs'\n")
    print(table(rows))
    # A page that says less than the last one would be no news.
    if set(names) >= set(GROUPS["edits"]) and session.kind == "system":
        page.write(facts, session, rows)
    if options.json:
        report = {"machine": facts, "runs": options.runs, "rows": rows}
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    return 0


def _rows(name: str, session: Session) -> list[Row]:
    start = time.perf_counter()
    rows = ROWS[name](session)
    print(f"bench: {name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
