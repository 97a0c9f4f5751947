"""`ltogen simulate`: how long the build would take with other numbers of workers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ltogen.base.numbers import natural
from ltogen.base.processes import at_once
from ltogen.cli import built, parsers

_DESCRIPTION = """\
Replay the durations of the last build under Ninja's scheduling rule. For each number of workers,
print how long a clean build would take (the makespan) and the bound that no schedule beats: the
critical path, or all work divided by the workers, whichever is more. That one limits the build.
If no source is cut into codegen units, also estimate the build with its costly sources cut; if some
are, estimate it with whole sources.
"""
_EPILOG = """\
examples:
  ltogen simulate
  ltogen simulate -j 16
  ltogen simulate -C build -j 8,64,256 bin/server
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = parsers.add(commands, "simulate", run,
                         "how long the build would take with N workers, and what limits it",
                         _DESCRIPTION, _EPILOG)
    built.add_to(parser)
    parser.add_argument("-j", "--jobs", metavar="N[,N…]", type=_workers,
                        help="numbers of workers (default: this machine's processors)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("targets", nargs="*", metavar="TARGET",
                        help="what is built (default: what `ninja` builds)")


def _workers(text: str) -> tuple[int, ...]:
    words = text.split(",")
    counts = tuple(map(natural, words))
    if not all(count and count <= 1 << 20 for count in counts):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of workers")
    return tuple(filter(None, counts))


def run(options: argparse.Namespace) -> int:
    """Simulate."""
    from ltogen.report import forecast, timed_build

    build = timed_build.read(Path(options.folder), built.manifest(options), options.targets)
    numbers = options.jobs or (at_once(),)
    found = [one for workers in numbers for one in forecast.forecasts(build, workers)]
    if options.json:
        import msgspec

        print(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())
        return 0
    print(f"{len(build.jobs)} jobs, {build.work:.2f} s of work\n")
    sys.stdout.writelines(f"{line}\n" for line in (*_table(found), "", *_critical_path(found[0])))
    return 0


def _table(found: Sequence[Any]) -> Iterator[str]:
    head = ("workers", "makespan", "bound", "units", "limited by")
    rows = [(str(one.workers), f"{one.makespan:.2f} s", f"{one.bound:.2f} s", one.codegen_units,
             _limit(one)) for one in found]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(4)]
    for row in (head, *rows):
        cells = [cell.rjust(width) if column < 3 else cell.ljust(width)
                 for column, (cell, width) in enumerate(zip(row[:4], widths, strict=True))]
        yield "  ".join((*cells, row[4]))


def _limit(one: Any) -> str:
    return "all work" if one.critical_path_seconds < one.bound else "critical path"


def _critical_path(one: Any) -> Iterator[str]:
    yield f"critical path as built, {one.critical_path_seconds:.2f} s:"
    for job in one.critical_path:
        if job.seconds:
            yield f"{job.seconds:8.2f} s  {job.output}"
