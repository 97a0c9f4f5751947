"""The store of a benchmark's own, and what a build did with it."""

from __future__ import annotations

import stat
from pathlib import Path

from bench.graph import Graph, edges
from bench.process import Run
from ltogen.model import layout

_FOLDER = "LTOGEN_CACHE_DIR"


def at(folder: Path) -> tuple[tuple[str, str], ...]:
    """The environment of a build whose store is there."""
    return ((_FOLDER, str(folder)),)


def backends(graph: Graph, done: Run) -> int:
    """How many backends the last run of Ninja started: an object from the store needs none."""
    if not edges(done).get("thin"):
        return 0
    reports = (graph.build / layout.OUT / "thinlink").glob("*/report.txt")
    return sum(line.split("\t")[1] == "runs" for report in reports
               for line in report.read_text().splitlines())


def disk(folder: Path) -> int:
    """Bytes of the files in a folder; one with two names counts once."""
    found = {(one.st_dev, one.st_ino): one.st_size
             for one in (path.lstat() for path in folder.rglob("*") if not path.is_symlink())
             if stat.S_ISREG(one.st_mode)}
    return sum(found.values())
