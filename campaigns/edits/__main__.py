"""`python -m campaigns.edits [PROJECT…]`: random edits; `--store`: many builds over one store."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from campaigns import report
from campaigns.edits import crowd, differential, killed
from campaigns.edits.projects import PROJECTS, site
from campaigns.kept import become_kept
from campaigns.places import WORK
from campaigns.result import Result
from ltogen.base.errors import UserError
from ltogen.toolchain import Request, choose

_KINDS = ("system", "embedded")


def main(words: list[str]) -> int:
    """Run the command line; 1 if anything is not as it should be."""
    options = _parse(words)
    if not options.kept:
        become_kept([sys.executable, "-m", "campaigns.edits", "--kept", *words])
    work = options.work.resolve()
    results: dict[str, list[Result]] = {}
    if not options.store:
        results |= {name: list(found) for name, found in _edited(options, work)}
    if options.store or options.all:
        results["store"] = [*crowd.measure(work / "store", options.seconds, options.seed),
                            *(killed.measure(work / "killed") if options.all else ())]
    return report.finish(results, choose(Request(kind="system"), Path("/nonexistent")))


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m campaigns.edits", description=__doc__)
    parser.add_argument("projects", metavar="PROJECT", nargs="*", choices=[*PROJECTS, []],
                        help=f"of {', '.join(PROJECTS)}; default: all")
    parser.add_argument("--edits", type=int, default=20, metavar="N", help="of each (default: 20)")
    parser.add_argument("--every", type=int, default=10, metavar="N",
                        help="compare with a clean build after so many edits (default: 10)")
    parser.add_argument("--toolchain", choices=_KINDS, help="this one alone")
    parser.add_argument("--debug", choices=("yes", "no"), help="only with -g, or only without")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--store", action="store_true",
                        help="only builds at once over one store, killed while it is damaged")
    parser.add_argument("--all", action="store_true", help="that as well, and the campaign killed")
    parser.add_argument("--seconds", type=int, default=120, metavar="N",
                        help="how long those builds go on (default: 120)")
    parser.add_argument("--work", type=Path, default=WORK / "edits", metavar="DIR")
    parser.add_argument("--kept", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def _edited(options: argparse.Namespace, work: Path) -> Iterator[tuple[str, Iterator[Result]]]:
    kinds = [options.toolchain] if options.toolchain else _KINDS
    debug = [options.debug == "yes"] if options.debug else (False, True)
    names = options.projects or PROJECTS
    for name, kind, lines in itertools.product(names, kinds, debug):
        label = f"{name}-{kind}{'-g' if lines else ''}"
        plan = differential.Plan(options.edits, options.every, options.seed, lines)
        place = site(PROJECTS[name], work / label, kind, debug=lines)
        yield label, differential.run(place, plan)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        sys.exit(f"campaigns.edits: {error}")
