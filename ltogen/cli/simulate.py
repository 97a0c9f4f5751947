"""`ltogen simulate`: how long the build would take with other numbers of workers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ltogen.base.numbers import natural
from ltogen.base.processes import at_once
from ltogen.cli import built, parsers

if TYPE_CHECKING:
    from ltogen.model.timed_build import TimedBuild

_DESCRIPTION = """\
Replay the durations of the last build under Ninja's scheduling rule. For each number of workers,
print how long a clean build would take (the makespan) and the bound that no schedule beats: the
critical path, or all work divided by the workers, whichever is more. That one limits the build.
If no source is cut into codegen units, also estimate the build with its costly sources cut; if some
are, estimate it with whole sources.

With --remote, N are the workers of a server that runs the backends; all else runs on this machine.
"""
_EPILOG = """\
examples:
  ltogen simulate
  ltogen simulate -j 16
  ltogen simulate -C build -j 8,64,256 bin/server
  ltogen simulate --remote -j 8,64,256 --latency 5,100
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = parsers.add(commands, "simulate", run,
                         "how long the build would take with N workers, and what limits it",
                         _DESCRIPTION, _EPILOG)
    built.add_to(parser)
    parser.add_argument("-j", "--jobs", metavar="N[,N…]", type=_workers,
                        help="numbers of workers (default: this machine's processors)")
    parser.add_argument("--remote", action="store_true", help="backends run on a server's workers")
    parser.add_argument("--latency", metavar="MS[,MS…]", type=_latencies, default=(5, 20, 100),
                        help="with --remote: milliseconds to the server and back (default: "
                             "5,20,100)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("targets", nargs="*", metavar="TARGET",
                        help="what is built (default: what `ninja` builds)")


def _workers(text: str) -> tuple[int, ...]:
    words = text.split(",")
    counts = tuple(map(natural, words))
    if not all(count and count <= 1 << 20 for count in counts):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of workers")
    return tuple(filter(None, counts))


def _latencies(text: str) -> tuple[int, ...]:
    numbers = tuple(map(natural, text.split(",")))
    if None in numbers:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of milliseconds")
    return tuple(number for number in numbers if number is not None)


def run(options: argparse.Namespace) -> int:
    """Simulate."""
    from ltogen.report import forecast, timed_build

    build = timed_build.read(Path(options.folder), built.manifest(options), options.targets)
    numbers = options.jobs or (at_once(),)
    if options.remote:
        return _remote(build, numbers, options)
    found = [one for workers in numbers for one in forecast.forecasts(build, workers)]
    if options.json:
        _print_json(found)
        return 0
    _print(build, (*_table(found), "", *_critical_path(found[0])))
    return 0


def _remote(build: TimedBuild, numbers: Sequence[int], options: argparse.Namespace) -> int:
    """Simulate a server's workers."""
    from ltogen.report import elsewhere

    found = [elsewhere.forecast(build, at_once(), workers, latency / 1000)
             for workers in numbers for latency in options.latency]
    if options.json:
        _print_json(found)
        return 0
    rows = [(str(one.there), f"{one.latency * 1000:.0f} ms", f"{one.makespan:.2f} s",
             f"{one.bound:.2f} s", one.limit) for one in found]
    _print(build, _columns(("workers", "latency", "makespan", "bound", "limited by"), rows, 4))
    return 0


def _print(build: TimedBuild, lines: Iterable[str]) -> None:
    print(f"{len(build.jobs)} jobs, {build.work:.2f} s of work\n")
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _print_json(found: Sequence[Any]) -> None:
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())


def _table(found: Sequence[Any]) -> Iterator[str]:
    head = ("workers", "makespan", "bound", "units", "limited by")
    rows = [(str(one.workers), f"{one.makespan:.2f} s", f"{one.bound:.2f} s", one.codegen_units,
             _limit(one)) for one in found]
    yield from _columns(head, rows, 3)


def _columns(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: int) -> Iterator[str]:
    """Rows below each other; so many columns are aligned to the right."""
    last = len(head) - 1
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(last)]
    for row in (head, *rows):
        cells = [cell.rjust(width) if column < right else cell.ljust(width)
                 for column, (cell, width) in enumerate(zip(row[:last], widths, strict=True))]
        yield "  ".join((*cells, row[last]))


def _limit(one: Any) -> str:
    return "all work" if one.critical_path_seconds < one.bound else "critical path"


def _critical_path(one: Any) -> Iterator[str]:
    yield f"critical path as built, {one.critical_path_seconds:.2f} s:"
    for job in one.critical_path:
        if job.seconds:
            yield f"{job.seconds:8.2f} s  {job.output}"
