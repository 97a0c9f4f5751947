"""A program with a large source, and what of the proofs is its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from campaigns.checks.build import Built


@dataclass(frozen=True)
class Program:
    """How it is built, put to work, and tested.

    `project` makes the sources that are not there in a folder, and the text of a project file
    without a number of units. `workload` has the commands of a copy of the program; its files it
    writes to a folder. `without` and `libraries` are what a plain build leaves out and links.
    """

    product: str
    largest: str  # of its sources: the end of the path
    units: int  # of the largest
    project: Callable[[Path], str]
    workload: Callable[[str, Path], list[list[str]]]
    tests: Callable[[Built], str]
    without: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    time_aim: float | None = None  # seconds of units to seconds whole, with two jobs
    size_aim: float | None = None  # of the products
