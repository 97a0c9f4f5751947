"""`python -m campaigns.existing [PROJECT…]`: take over builds of public projects, and measure."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench import machine
from campaigns import report
from campaigns.existing import checks, edit, regenerate, times
from campaigns.existing.build import Place
from campaigns.existing.projects import Project, fetch, load, need
from campaigns.existing.subject import Subject
from campaigns.places import WORK, leave_store_alone
from campaigns.result import Result
from ltogen.base.errors import UserError
from ltogen.toolchain import Request, Toolchain, choose


@dataclass(frozen=True, slots=True)
class _Row:
    """What gives the results, and the columns they are in."""

    results: Callable[[Subject], Iterator[Result]]
    columns: tuple[str, ...]


ROWS = {
    "build": _Row(checks.take_over, ("modules", "again")),
    "test": _Row(checks.test, ("tests",)),
    "edit": _Row(edit.edit, ("comment", "body", "reverted")),
    "regenerate": _Row(regenerate.regenerate, ("regenerated", "macro")),
    "configure": _Row(times.configure, ("configure",)),
    "noop": _Row(times.noop, ("noop",)),
    "time": _Row(times.cold, ("cold", "cold, from thin", "shipped")),
}
# The embedded compiler's driver does not link bitcode in process, which `time` is against.
_NOT_EMBEDDED = ("time",)
_FAILED = "FAILED"


def main(words: list[str]) -> int:
    """Run the command line; 1 if anything is not as it should be."""
    leave_store_alone()
    projects = load()
    options = _parse(words, projects)
    named = options.projects or [name for name, project in projects.items() if not project.long]
    chosen = {name: projects[name] for name in named}
    try:
        if not options.fetch:
            need(project for project in chosen.values() if not project.on(options.toolchain).skip)
        fetch(chosen.values())
        toolchain = choose(Request(kind=options.toolchain), Path("/nonexistent"))
    except UserError as error:
        print(f"campaigns.existing: {error}", file=sys.stderr)
        return 2
    if options.fetch:
        return 0
    results = {name: _project(name, project, toolchain, options)
               for name, project in chosen.items()}
    return _report(results, toolchain, options)


def _parse(words: list[str], projects: dict[str, Project]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m campaigns.existing", description=__doc__)
    parser.add_argument("projects", metavar="PROJECT", nargs="*",
                        help=f"of {', '.join(projects)}; default: all that do not take long")
    parser.add_argument("--fetch", action="store_true", help="bring the sources, and no more")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--rows", type=lambda text: text.split(","), metavar="ROW,…", default=None,
                        help=f"of {', '.join(ROWS)}; default: all")
    parser.add_argument("--toolchain", choices=("system", "embedded"), default="system")
    parser.add_argument("--codegen-units", metavar="N|auto", default="", dest="units",
                        help="cut large sources (rows build and test)")
    parser.add_argument("--work", type=Path, default=WORK / "existing", metavar="DIR",
                        help="build there (default: campaigns/work/existing)")
    parser.add_argument("-n", type=int, default=3, metavar="N", dest="runs",
                        help="counted runs of each (default: 3)")
    options = parser.parse_args(words)
    for given, known in ((options.projects, projects), (options.rows or (), ROWS)):
        for name in given:
            if name not in known:
                parser.error(f"no '{name}'; one of {', '.join(known)}")
    for row in options.rows or ():
        if options.toolchain == "embedded" and row in _NOT_EMBEDDED:
            parser.error(f"the embedded toolchain has no row '{row}'")
    return options


def _project(name: str, project: Project, toolchain: Toolchain,
             options: argparse.Namespace) -> list[Result]:
    reason = project.on(toolchain.kind).skip
    if reason:
        return [Result("modules", "skipped", None, reason)]
    folder = options.work.resolve() / toolchain.kind / name
    subject = Subject(Place(project, toolchain, folder, options.units), options.runs)
    rows = options.rows or [row for row in ROWS
                            if toolchain.kind == "system" or row not in _NOT_EMBEDDED]
    results: list[Result] = []
    for row in rows:
        start = time.perf_counter()
        results += _row(ROWS[row], subject)
        print(f"campaigns.existing: {name}, {row}: {time.perf_counter() - start:.0f} s",
              file=sys.stderr)
        # Without a build there is nothing to try; each further row would fail alike, and slowly.
        if any(one.column == "modules" and one.ok is False for one in results):
            break
    return results


def _row(row: _Row, subject: Subject) -> list[Result]:
    """What a row gives; what ends it early stands under the column that would have been next."""
    results: list[Result] = []
    try:
        subject.copy_sources()
        results.extend(row.results(subject))
    except (UserError, OSError, ValueError) as error:
        results.append(Result(row.columns[len(results)], _FAILED, False, str(error)))
    return results


def _report(results: dict[str, list[Result]], toolchain: Toolchain,
            options: argparse.Namespace) -> int:
    facts = machine.facts(toolchain)
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    print(f"medians of {options.runs} runs in turn; a ratio is the median of the rounds'; "
          "! is an aim missed\n")
    print(f"{report.table(results)}\n\n{report.notes(results)}")
    if options.json:
        data = {"machine": facts, "runs": options.runs, "projects": results}
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(data), indent=1))
    return 0 if report.green(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
