"""`python -m campaigns.scons [PROJECT…]`: build public SCons projects with the builders."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.places import SOURCES
from bench.process import Run, run
from campaigns import report
from campaigns.links.project import Edit
from campaigns.places import ROOT, WORK, leave_store_alone, need_package
from campaigns.result import Result
from campaigns.scons import overhead
from ltogen.base.errors import UserError
from ltogen.toolchain import Request, choose

_HERE = Path(__file__).parent


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One project; projects.toml says what each field is."""

    package: str
    changes: tuple[tuple[str, str, str], ...]
    test: str
    counts: str
    products: tuple[str, ...]
    edit: Edit
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """A project's sources, with its builds changed or not."""

    project: Project
    folder: Path

    def fetch(self, name: str, *, changed: bool) -> None:
        """The sources as Debian has them."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(SOURCES / name, self.folder, symlinks=True)
        if changed:
            shutil.copytree(ROOT / "site_scons", self.folder / "site_scons")
        for file, old, new in self.project.changes if changed else ():
            self.replace(file, old, new)

    def replace(self, file: str, old: str, new: str) -> None:
        """Change one place of a file. Raises UserError where there is none."""
        path = self.folder / file
        text = path.read_text()
        if old not in text:
            raise UserError(f"{path}: has no {old!r}")
        path.write_text(text.replace(old, new, 1))

    def build(self) -> Run:
        """Build what the project builds."""
        return run(["scons", "-Q", "-j2", *self.project.options], self.folder)

    def passed(self) -> int:
        """How many of the project's tests passed."""
        output = run(["sh", "-c", f"{self.project.test} || true"], self.folder).output
        found = re.findall(self.project.counts, output, re.MULTILINE)
        return sum(int(one) if one.isdigit() else 1 for one in found)

    def products(self) -> dict[str, bytes]:
        """The bytes of each product."""
        return {name: (self.folder / name).read_bytes() for name in self.project.products
                if (self.folder / name).exists()}


def main(words: list[str]) -> int:
    """Run the command line; 1 if anything is not as it should be."""
    leave_store_alone()
    projects = msgspec.toml.decode((_HERE / "projects.toml").read_bytes(),
                                   type=dict[str, Project])
    parser = argparse.ArgumentParser("python -m campaigns.scons", description=__doc__)
    parser.add_argument("projects", metavar="PROJECT", nargs="*",
                        help=f"of {', '.join((*projects, 'overhead'))}; default: all")
    parser.add_argument("--work", type=Path, default=WORK / "scons", metavar="DIR")
    options = parser.parse_args(words)
    chosen = options.projects or (*projects, "overhead")
    results: dict[str, list[Result]] = {}
    for name in chosen:
        start = time.perf_counter()
        folder = options.work.resolve() / name
        folder.mkdir(parents=True, exist_ok=True)
        results[name] = list(overhead.measure(folder) if name == "overhead"
                             else _project(name, projects[name], folder))
        print(f"campaigns.scons: {name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return report.finish(results, choose(Request(kind="system"), Path("/nonexistent")))


def _project(name: str, project: Project, folder: Path) -> Iterator[Result]:
    need_package(name, project.package)
    ours, theirs = Copy(project, folder / "ltogen"), Copy(project, folder / "plain")
    try:
        ours.fetch(name, changed=True)
        theirs.fetch(name, changed=False)
        links = re.findall(r"^link ", ours.build().output, re.MULTILINE)
        theirs.build()
        yield Result("links", str(len(links)), bool(links))
        passed, expected = ours.passed(), theirs.passed()
        yield Result("tests", f"{passed}/{expected}", 0 < passed == expected,
                     "as many pass as do without ltogen" if passed == expected else "")
        yield _second(ours)
        yield _edit(name, ours, folder / "clean")
    except (UserError, OSError) as error:
        yield Result("failed", "FAILED", False, str(error))


def _second(copy: Copy) -> Result:
    copy.build()
    again = copy.build().output
    ran = re.findall(r"^(?:link|thin|lto|ask|opt) .*", again, re.MULTILINE)
    return Result("second", "nothing" if not ran else "RUNS", not ran, "; ".join(ran[:3]))


def _edit(name: str, copy: Copy, folder: Path) -> Result:
    """An edit, then the same from nothing: equal to the byte."""
    before = copy.products()
    edit = copy.project.edit
    copy.replace(edit.file, edit.find, edit.replace)
    ran = copy.build().output
    incremental = copy.products()
    problems = ["the edit changed no product"] if incremental == before else []
    # At the same path: some projects have their folder's name in their programs.
    shutil.rmtree(folder, ignore_errors=True)
    copy.folder.rename(folder)
    try:
        copy.fetch(name, changed=True)
        copy.replace(edit.file, edit.find, edit.replace)
        copy.build()
        problems += [f"{product} differs" for product, data in copy.products().items()
                     if data != incremental[product]]
    finally:
        shutil.rmtree(folder)
    jobs = len(re.findall(r"^code ", ran, re.MULTILINE))
    return Result("edit", "ok" if not problems else "WRONG", not problems,
                  "; ".join(problems) or f"{jobs} backends ran")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
