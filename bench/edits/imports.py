"""Who imports what, as the linker's own backends say it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

import msgspec

from bench.baseline import ByHand
from bench.process import run

_IMPORT = re.compile(r"^(.*): Import (\S+) from (.*)$", re.MULTILINE)


class Imports(msgspec.Struct, frozen=True):
    """By the real path of a module's source: what others take of it, and who they are."""

    taken: dict[str, frozenset[str]]
    by: dict[str, frozenset[str]]


def imports(by_hand: ByHand) -> Imports:
    """Those of a build's link, which is done once more, in process and without a cache."""
    inputs = " ".join(one.output for one in by_hand.compilations())
    command = replace(by_hand, cache=False).link_words(
        inputs, "out/imports", "-mllvm", "-print-imports")
    done = run(["sh", "-c", command], by_hand.build)
    taken, by = defaultdict(set), defaultdict(set)
    for importer, symbol, exporter in _IMPORT.findall(done.output):
        source = str((by_hand.build / exporter).resolve())
        taken[source].add(symbol.partition(".llvm.")[0])
        by[source].add(importer)
    return Imports({name: frozenset(found) for name, found in taken.items()},
                   {name: frozenset(found) for name, found in by.items()})
