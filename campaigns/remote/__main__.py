"""`python -m campaigns.remote [PROJECT…]`: public projects by three workers, and many actions."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.places import fresh
from campaigns import report
from campaigns.edits.projects import PROJECTS
from campaigns.kept import become_kept
from campaigns.places import WORK
from campaigns.remote import actions, projects
from campaigns.remote.engines.casd import Casd
from campaigns.remote.engines.farm import Farm
from campaigns.remote.engines.tools import find_tools, what_is_missing
from campaigns.result import Result
from ltogen.base.errors import UserError
from ltogen.toolchain import Request, choose

_DEFAULT = ("zstd", "lua", "leveldb")


def main(words: list[str]) -> int:
    """Run the command line; 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser("python -m campaigns.remote", description=__doc__)
    parser.add_argument("projects", metavar="PROJECT", nargs="*", default=list(_DEFAULT),
                        help=f"of {', '.join(PROJECTS)}; default: {', '.join(_DEFAULT)}")
    parser.add_argument("--actions", type=int, default=2000, metavar="N",
                        help="small modules of one link (default: 2000)")
    parser.add_argument("--work", type=Path, default=WORK / "remote", metavar="DIR")
    parser.add_argument("--kept", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if what_is_missing(farm=True):
        raise UserError(what_is_missing(farm=True))
    if not options.kept:
        become_kept([sys.executable, "-m", "campaigns.remote", "--kept", *words])
    work = options.work.resolve()
    results = {name: list(found) for name, found in _all(options, work)}
    return report.finish(results, choose(Request(kind="system"), Path("/nonexistent")))


def _all(options: argparse.Namespace, work: Path) -> Iterator[tuple[str, Iterator[Result]]]:
    tools = find_tools()
    # (Sockets have short paths.)
    with tempfile.TemporaryDirectory(prefix="farm") as folder:
        if options.projects:
            with Farm(tools, Path(folder) / "farm", workers=3) as farm:
                for name in options.projects:
                    yield name, projects.measure(PROJECTS[name], fresh(work / name), farm)
        if options.actions:
            with Casd(tools, Path(folder) / "casd") as casd:
                yield "actions", actions.measure(fresh(work / "actions"), casd, options.actions)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        sys.exit(f"campaigns.remote: {error}")
