"""The nouns of a graph: actions, and the plan that lists them before anyone writes it."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

# A merge needs the memory of the whole program: no more at once than the plan says.
MERGE_POOL = "merge"


class Phase(IntEnum):
    """Position of an action in the graph; the manifest lists phases in this order."""

    LINKER_LINE = 0
    OPTIMIZE = 1
    THIN_LINK = 2  # many wait for it
    MERGE = 3  # the longest of all: it starts before what fills the other places
    BACKEND = 4
    LINK = 5


class Rule(Struct, frozen=True):
    """A command shared by many actions, in Ninja's terms.

    `depfile` is in gcc's format. `beside` are suffixes of further files that the command makes,
    named after its output.
    """

    name: str
    command: str
    description: str
    depfile: str = ""
    rspfile: str = ""
    rspfile_content: str = ""
    beside: tuple[str, ...] = ()
    pool: str = ""  # MERGE_POOL, or one that the manifest around declares

    def side_outputs(self, output: str) -> tuple[str, ...]:
        """What the command makes beside `output`."""
        return tuple(output + suffix for suffix in self.beside) if self.beside else ()


class Action(Struct, frozen=True):
    """One edge of the graph.

    `cost` is the size of the source behind it in bytes, the first guess at how long it takes.
    Actions of a phase run by `turn` before that.
    """

    phase: Phase
    rule: Rule
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    implicit: tuple[str, ...] = ()
    implicit_outputs: tuple[str, ...] = ()
    order_only: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    cost: float = 0.0
    validations: tuple[str, ...] = ()
    turn: int = 0

    @property
    def made(self) -> tuple[str, ...]:
        """Every file that it makes."""
        return (*self.outputs, *self.implicit_outputs)


class Compilation(Struct, frozen=True):
    """What an editor wants to know about one source file."""

    source: str
    output: str
    arguments: tuple[str, ...]


class Plan(Struct, frozen=True):
    """Everything a manifest says, before anyone writes it."""

    actions: tuple[Action, ...]
    compilations: tuple[Compilation, ...]
    aliases: tuple[tuple[str, tuple[str, ...]], ...]  # names for products
    defaults: tuple[str, ...]
    merges: int = 1  # that may run at once
    pools: tuple[tuple[str, int], ...] = ()  # further ones, with their depths
    reads: tuple[str, ...] = ()  # prebuilt files that it depends on
