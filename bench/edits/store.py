"""The store of a benchmark's own, and what a build did with it."""

from __future__ import annotations

from pathlib import Path

from bench.graph import edges
from bench.process import Run

_FOLDER = "LTOGEN_CACHE_DIR"


def at(folder: Path) -> tuple[tuple[str, str], ...]:
    """The environment of a build whose store is there."""
    return ((_FOLDER, str(folder)),)


def off() -> tuple[tuple[str, str], ...]:
    """The environment of a build without a store."""
    return ((_FOLDER, ""),)


def backends(done: Run) -> int:
    """How many backends ran."""
    return edges(done).get("code", 0)
