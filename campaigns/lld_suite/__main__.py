"""`python -m campaigns.lld_suite [--lto] [--only REGEX]`: lld's own tests, and public projects."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from bench.places import fresh
from campaigns.kept import become_kept
from campaigns.lld_suite import page, projects, run, verdict
from campaigns.lld_suite.site import Link, Site, read_links
from campaigns.lld_suite.verdict import Tests
from campaigns.places import WORK, leave_store_alone
from ltogen.base.errors import UserError
from ltogen.toolchain import Request, Toolchain, choose

_SHARE = 0.6
_NEEDED = ("FileCheck", "split-file", "not", "llvm-config", "llvm-mc", "wasm-ld")


def main(words: list[str]) -> int:
    """Run the command line; 1 if anything is not as it should be."""
    leave_store_alone()
    parser = argparse.ArgumentParser("python -m campaigns.lld_suite", description=__doc__)
    parser.add_argument("--lto", action="store_true", help="only the tests about LTO")
    parser.add_argument("--only", default="", metavar="REGEX", help="of these, those so named")
    parser.add_argument("--no-projects", action="store_true", help="no links of public projects")
    parser.add_argument("--projects", nargs="*", metavar="NAME",
                        help="none of lld's tests, but these public projects; default: all")
    parser.add_argument("--work", type=Path, default=WORK / "lld_suite", metavar="DIR")
    parser.add_argument("--keep", action="store_true",
                        help="take the runs of lit and the projects that are finished there")
    parser.add_argument("--kept", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if not options.kept:
        become_kept([sys.executable, "-m", "campaigns.lld_suite", "--kept", *words])
    toolchain = choose(Request(kind="system"), Path("/nonexistent"))
    wrong: list[str] = []
    if options.projects is None:
        wrong += _suite(options, toolchain)
    if not options.no_projects:
        folder = options.work.resolve() / "projects"
        if not options.keep:
            fresh(folder)
        wrong += _projects(toolchain, folder, tuple(options.projects or ()),
                           write=options.keep or not options.projects)
    print("\n".join(wrong))
    return 1 if wrong else 0


def _suite(options: argparse.Namespace, toolchain: Toolchain) -> list[str]:
    """Run lld's own tests; what is wrong."""
    _fetch(toolchain)
    work = options.work.resolve()
    for part in () if options.keep else ("lld", "ltogen", "distributor"):
        fresh(work / part)
    tests = Tests(*(run.run(_site(toolchain, work / linker), ltogen=linker == "ltogen",
                            lto=options.lto, only=options.only) for linker in ("lld", "ltogen")))
    distributed = Tests(tests.lld, run.run(
        _site(toolchain, work / "distributor"), ltogen=False, lto=True, only="dtlto/",
        distributor=True))
    links = read_links(work / "ltogen" / "links.jsonl")
    text = page.suite_table(toolchain.version, tests, distributed, links)
    if not (options.lto or options.only):
        page.write("lld-suite", text)
    print(text)
    return [*(f"{name}: fails with ltogen" for name in tests.differing()
              if name not in verdict.accepted()),
            *(f"{name}: fails with ltogen-distributor" for name in distributed.differing()),
            *_wrong(links)]


def _projects(toolchain: Toolchain, folder: Path, only: tuple[str, ...], *,
              write: bool) -> list[str]:
    """Build public projects; what is wrong. The table has all that are finished in the folder."""
    site = Site(toolchain.version, Path(toolchain.ld[0]).resolve().parent.parent, "", (),
                folder)
    failed = [*projects.build(site, toolchain, only), *projects.described(site, toolchain, only)]
    names, links, described = projects.finished(site)
    text = page.projects_table(links, described, len(names))
    if write:
        page.write("lld-suite: projects", text)
    print(text)
    for link in (*links, *described):
        for found in (*link.sizes, *(["in another order"] if link.reordered else ())):
            print(f"{_name(link)}: {found}")
    return [*(f"{name}: {what}" for name, what in failed if what), *_wrong([*links, *described])]


def _fetch(toolchain: Toolchain) -> None:
    if subprocess.run([Path(__file__).with_name("fetch.sh"), toolchain.version],
                      check=False).returncode:
        raise UserError("lld's tests are missing; see campaigns/lld_suite/fetch.sh")


def _site(toolchain: Toolchain, folder: Path) -> Site:
    llvm = Path(toolchain.ld[0]).resolve().parent.parent
    missing = [name for name in _NEEDED if not (llvm / "bin" / name).exists()]
    if missing:
        raise UserError(f"{llvm}/bin has no {', '.join(missing)}; install Debian's "
                        "llvm-22-dev and llvm-22-tools")
    return Site(toolchain.version, llvm, _ask(llvm, "--host-target"),
                tuple(_ask(llvm, "--targets-built").split()), folder)


def _ask(llvm: Path, what: str) -> str:
    done = subprocess.run([llvm / "bin" / "llvm-config", what], check=True, text=True,
                          stdout=subprocess.PIPE)
    return done.stdout.strip()


def _wrong(links: list[Link]) -> list[str]:
    """Print why links were left to lld; what is not as it should be."""
    for reason, count in verdict.reasons(links).most_common():
        print(f"{count:5} left to lld: {reason}")
    wrong = [f"{_name(link)}: {one}" for link in links for one in link.differs]
    wrong += [f"{_name(link)}: nothing is known of this link" for link in links if not link.way]
    lto = [link for link in links if link.lto and (verdict.graph(link) or not verdict.own(link))]
    if sum(map(verdict.graph, lto)) < _SHARE * len(lto):
        wrong.append(f"less than {_SHARE:.0%} of the links are done by graphs")
    return wrong


def _name(link: Link) -> str:
    """The test that a link is of, or its output."""
    words = " ".join(link.arguments)
    found = re.search(r"(\w+)/Output/(\S+?)\.tmp", f"{link.folder} {words}")
    return f"{found.group(1)}/{found.group(2)}" if found else page.output(link)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        sys.exit(f"campaigns.lld_suite: {error}")
