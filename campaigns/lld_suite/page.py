"""The table on docs/trust.md."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from campaigns.lld_suite import verdict
from campaigns.lld_suite.site import Link
from campaigns.lld_suite.verdict import Tests
from campaigns.places import ROOT

PAGE = ROOT / "docs" / "trust.md"
_BEGIN, _END = "<!-- make lld-suite -->\n", "<!-- end -->\n"


def table(version: str, tests: Tests, suite: list[Link], projects: list[Link]) -> str:
    """What was found, in Markdown."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    rows = [f"| lld {version}'s own tests, {today} | lld | ltogen |", "|---|---|---|",
            *_tests(tests), "", *_failed(tests), "| links with bitcode | suite | projects |",
            "|---|---|---|", *_links(suite, projects)]
    return "\n".join(rows) + "\n"


def _tests(tests: Tests) -> Iterator[str]:
    for what, some in (("all ELF tests that pass", tests), ("those about LTO", tests.of_lto())):
        lld, ltogen = some.passed()
        yield f"| {what} | {lld:,} | {ltogen:,} |"


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


def write(text: str) -> None:
    """Put the table into the page, in the place of the last one."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}{text}{_END}{rest.partition(_END)[2]}")
