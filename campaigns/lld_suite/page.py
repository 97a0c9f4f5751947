"""The tables on docs/trust.md."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from campaigns.lld_suite import verdict
from campaigns.lld_suite.site import Link
from campaigns.lld_suite.verdict import Tests
from campaigns.places import ROOT

PAGE = ROOT / "docs" / "trust.md"
# What a configure step links to find out about the machine.
_PROBE = re.compile(r"/(conftest|cmTC_\w+|a\.out)$|/(meson-private|CMakeFiles)/")


def suite_table(version: str, tests: Tests, distributed: Tests, links: list[Link]) -> str:
    """What lld's own tests found, in Markdown; `distributed` with ltogen's distributor."""
    rows = [f"| lld {version}'s own tests, {_today()} | lld | ltogen |", "|---|---|---|",
            *_tests(tests), *_distributed(distributed), "", *_failed(tests),
            "| their links with bitcode | |", "|---|---|", *_links(links)]
    return "\n".join(rows) + "\n"


def projects_table(links: list[Link], described: list[Link], projects: int) -> str:
    """What public projects found: links through the wrapper, and those of whole graphs."""
    rows = [f"| links of {projects} public projects, {_today()} | `ld.ltogen` "
            "| project file, `--from` |", "|---|---|---|",
            *_links(links, described),
            _row("different products that graphs made", (_products(links), _products(described)))]
    return "\n".join(rows) + "\n"


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _products(links: list[Link]) -> int:
    """How many files graphs linked, but for what was linked only to see whether it links."""
    made = (output(link) for link in links if verdict.graph(link) and link.status == 0)
    return len({path for path in made if not _PROBE.search(path)})


def output(link: Link) -> str:
    """The whole path of what was linked."""
    words = link.arguments
    named = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "-o"]
    return str(Path(link.folder) / (named[-1] if named else "a.out"))


def _tests(tests: Tests) -> Iterator[str]:
    for what, some in (("all ELF tests that pass", tests), ("those about LTO", tests.of_lto())):
        lld, ltogen = some.passed()
        yield f"| {what} | {lld:,} | {ltogen:,} |"


def _distributed(tests: Tests) -> Iterator[str]:
    lld, ltogen = tests.passed()
    yield ("| those about DTLTO, with `ltogen-distributor` in the place of LLVM's "
           f"| {lld} | {ltogen} |")


def _failed(tests: Tests) -> Iterator[str]:
    differing = tests.differing()
    if not differing:
        return
    known = verdict.accepted()
    yield from ("| fails with ltogen | why its answer is as good |", "|---|---|")
    for name in differing:
        yield f"| {name} | {known.get(name, '**open**')} |"
    yield ""


def _links(*groups: list[Link]) -> Iterator[str]:
    groups = tuple([link for link in links if link.lto] for links in groups)
    done = [[link for link in links if verdict.graph(link)] for links in groups]
    own = [sum(not verdict.graph(link) and verdict.own(link) for link in links)
           for links in groups]
    yield _row("all", map(len, groups))
    yield _row("about lld's own way of LTO, left to lld", own)
    yield _row("share of the others that graphs did", map(_share, groups, own, done))
    yield _row("by a graph", map(len, done))
    yield _row("of these, with another fact than lld's",
               (sum(bool(link.differs) for link in links) for links in done))
    yield _row("of these, but with code of another size",
               (sum(bool(link.sizes and not link.differs) for link in links) for links in done))
    yield _row("of these, with symbols in another order",
               (sum(link.reordered for link in links) for links in done))


def _share(links: list[Link], of_lld: int, done: list[Link]) -> str:
    return f"{100 * len(done) // max(1, len(links) - of_lld)} %"


def _row(what: str, cells: Iterable[object]) -> str:
    return f"| {what} | {' | '.join(map(str, cells))} |"


def write(name: str, text: str) -> None:
    """Put a table into the page, in the place of the last one of its name."""
    begin, end = f"<!-- make {name} -->\n", "<!-- end -->\n"
    before, found, rest = PAGE.read_text().partition(begin)
    assert found, f"{PAGE} has no {begin}"
    PAGE.write_text(f"{before}{begin}{text}{end}{rest.partition(end)[2]}")
