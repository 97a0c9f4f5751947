"""What the runs say together: tests that differ, and what became of links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from campaigns.lld_suite.run import Outcome
from campaigns.lld_suite.site import Link

_ACCEPTED = Path(__file__).with_name("accepted.toml")
# How lld's own LTO goes about it, and what it leaves behind: nothing for a graph to do.
_OWN = re.compile(
    r"save-temps|thinlto-(index|emit|single|prefix|object|distributor|remote)|"
    r"lto-(emit|obj-path|debug-pass|newpm|partitions)|"
    r"opt=(emit|obj-path|debug-pass|thinlto|time-trace|-debug-pass)|time-trace")


def accepted() -> dict[str, str]:
    """The reason for each test in whose place ltogen's answer is as good."""
    return msgspec.toml.decode(_ACCEPTED.read_bytes(), type=dict[str, str])


@dataclass(frozen=True, slots=True)
class Tests:
    """The outcomes of tests with lld and with ltogen.

    Runs that are kept may be of other tests: what was run with one of them alone does not count.
    """

    lld: Mapping[str, Outcome]
    ltogen: Mapping[str, Outcome]

    def of_lto(self) -> Tests:
        """Those that are about LTO."""
        return Tests(*({name: one for name, one in outcomes.items() if "lto/" in name}
                       for outcomes in (self.lld, self.ltogen)))

    def passed(self) -> tuple[int, int]:
        """How many passed with lld, and of these with ltogen."""
        passed = [name for name, one in self.lld.items() if one.passed and name in self.ltogen]
        return len(passed), len(passed) - len(self.differing())

    def differing(self) -> list[str]:
        """What lld passes and ltogen does not."""
        return sorted(name for name, one in self.lld.items()
                      if one.passed and name in self.ltogen and not self.ltogen[name].passed)


def graph(link: Link) -> bool:
    """Whether a graph did it, or had nothing to do."""
    return link.lto and not link.way.startswith("left to lld")


def own(link: Link) -> bool:
    """Whether it is about lld's own way of LTO and its temporary files."""
    return bool(_OWN.search(link.way))


def reasons(links: list[Link]) -> Counter[str]:
    """Why LTO links were left to lld, without the values of options."""
    return Counter(re.sub(r"(-[\w-]+=)\S+", r"\1…", link.way.partition(": ")[2])
                   for link in links if link.lto and link.way.startswith("left to lld"))
