"""`python -m campaigns.links [PROJECT…]`: build public projects with `-fuse-ld=ltogen`."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

from bench.process import Run
from campaigns import report
from campaigns.links.project import Copy, Project, load
from campaigns.places import WORK, leave_store_alone, need_package
from campaigns.result import Result
from ltogen.base.errors import UserError
from ltogen.toolchain import Request, Toolchain, choose

_COLD_AIM = 1.0


def main(words: list[str]) -> int:
    """Run the command line; 1 if anything is not as it should be."""
    leave_store_alone()
    projects = load()
    parser = argparse.ArgumentParser("python -m campaigns.links", description=__doc__)
    parser.add_argument("projects", metavar="PROJECT", nargs="*",
                        help=f"of {', '.join(projects)}; default: all")
    parser.add_argument("--work", type=Path, default=WORK / "links", metavar="DIR")
    parser.add_argument("-n", type=int, default=1, metavar="N", dest="runs",
                        help="rounds of cold builds with either linker (default: 1)")
    options = parser.parse_args(words)
    chosen = {name: projects[name] for name in options.projects or projects}
    _fetch(chosen.values())
    toolchain = choose(Request(kind="system"), Path("/nonexistent"))
    results: dict[str, list[Result]] = {}
    for name, project in chosen.items():
        start = time.perf_counter()
        results[name] = list(_project(project, toolchain, options.work.resolve() / name,
                                      options.runs))
        print(f"campaigns.links: {name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return report.finish(results, toolchain)


def _fetch(projects: Iterable[Project]) -> None:
    for project in projects:
        if project.source:
            need_package(project.source, project.package or project.source)


def _project(project: Project, toolchain: Toolchain, folder: Path,
             runs: int) -> Iterator[Result]:
    folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = (Copy(project, toolchain, linker, folder / linker)
                    for linker in ("ltogen", "lld"))
    try:
        rounds = []
        for _ in range(runs):
            rounds.append((_cold(ours), _cold(theirs)))
        yield _modules(ours)
        yield _tests(ours, theirs)
        yield _edit(ours)
        ratio = median(one.seconds / other.seconds for one, other in rounds)
        yield Result("cold", f"{ratio:.2f}", ratio <= _COLD_AIM,
                     f"{rounds[-1][0].seconds:.1f} s against {rounds[-1][1].seconds:.1f} s of lld")
    except (UserError, OSError) as error:
        yield Result("failed", "FAILED", False, str(error))


def _cold(copy: Copy) -> Run:
    copy.copy()
    return copy.build()


def _modules(copy: Copy) -> Result:
    links = copy.links()
    counts = [int(found.group(1)) for line in links
              if (found := re.search(r"of (\d+) modules", line))]
    return Result("modules", str(sum(counts)), bool(counts), f"{len(counts)} links by a graph")


def _tests(ours: Copy, theirs: Copy) -> Result:
    passed, expected = ours.passed(), theirs.passed()
    return Result("tests", f"{passed}/{expected}", 0 < passed == expected)


def _edit(copy: Copy) -> Result:
    """An edit, then the same from nothing: equal to the byte, and again without the edit."""
    before = copy.products()
    path = copy.folder / copy.project.edit.file
    original = path.read_text()
    edited = original.replace(copy.project.edit.find, copy.project.edit.replace)
    if copy.project.edit.find not in original:
        return Result("edit", "NO EDIT", False, f"{path} has no such code")
    path.write_text(edited)
    copy.build()
    ran = "; ".join(line.partition(": ")[2] for line in copy.links())
    incremental = copy.products()
    problems = ["the edit changed no product"] if incremental == before else []
    copy.forget()
    copy.build()
    problems += [f"{name} differs" for name, data in copy.products().items()
                 if data != incremental[name]]
    path.write_text(original)
    copy.build()
    problems += [f"{name} is not as before" for name, data in copy.products().items()
                 if data != before[name]]
    return Result("edit", "ok" if not problems else "WRONG", not problems,
                  "; ".join(problems) or ran)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
