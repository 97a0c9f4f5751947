"""The noun: one action of a graph, as data. Writers quote it for a shell.

Many actions share one command. Slots in its words stand for what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum, IntEnum

from msgspec import Struct

# A merge needs the memory of the whole program: no more at once than the plan says.
MERGE_POOL = "merge"


class Phase(IntEnum):
    """Position of an action in the graph; the manifest lists phases in this order."""

    DRIVER_ARGS = 0
    OPTIMIZE = 1
    THIN_LINK = 2  # many wait for it
    MERGE = 3  # the longest of all: it starts before what fills the other places
    BACKEND = 4
    LINK = 5


class Slot(Enum):
    """A value that a command takes from its action; the member's value is Ninja's name for it."""

    INPUTS = "in"  # each explicit input, a word of its own where the slot is a whole word
    OUTPUTS = "out"
    BITCODE = "bitcode"
    NAME = "name"  # what a user calls it, for the description
    TEMPS = "temps"  # the beginning of the paths of what is kept between steps


# Text, a slot, or several of them that are one word.
Word = str | Slot | tuple[str | Slot, ...]


class ResponseFile(Struct, frozen=True):
    """A file that is written before the command runs, and removed after it.

    In front of the linker's `words` may be what a program is `told` itself, which has no more than
    the path on its command line.
    """

    path: Word
    words: tuple[str, ...]
    told: tuple[str, ...] = ()


class Arguments(Struct, frozen=True):
    """A file like that with the arguments of a shell script, which is given the path alone."""

    path: Word
    words: tuple[str, ...]


class Command(Struct, frozen=True):
    """The command of an action. Each has a name of its own, which begins with the step.

    `before` and `after` are shell text around it that another tool wrote; without an `argv`,
    `before` is the whole command. `depfile` is in gcc's format. `beside` are the suffixes of other
    files that the command makes, named after its output.
    """

    name: tuple[str, ...]
    argv: tuple[Word, ...]
    description: Word
    depfile: Word = ""
    response: ResponseFile | Arguments | None = None
    environment: tuple[tuple[str, str], ...] = ()  # in addition to what is inherited
    before: str = ""
    after: str = ""
    beside: tuple[str, ...] = ()
    pool: str = ""  # MERGE_POOL, or one that the manifest around declares

    def side_outputs(self, output: str) -> tuple[str, ...]:
        """The files that the command makes beside `output`."""
        return tuple(output + suffix for suffix in self.beside) if self.beside else ()


class Action(Struct, frozen=True):
    """One edge of the graph.

    It runs again when `inputs` or `implicit` change; `order_only` must only exist before it runs.
    `size` is the size of its sources in bytes, from which its seconds are estimated. Within a
    phase, actions with a lower `turn` come first.
    """

    phase: Phase
    command: Command
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    implicit: tuple[str, ...] = ()
    implicit_outputs: tuple[str, ...] = ()
    order_only: tuple[str, ...] = ()
    slots: tuple[tuple[Slot, str], ...] = ()
    size: float = 0.0
    validations: tuple[str, ...] = ()
    turn: int = 0
    dyndep: str = ""
    pool: str = ""  # beside the command's

    @property
    def made(self) -> tuple[str, ...]:
        """Every file that the action makes."""
        return (*self.outputs, *self.implicit_outputs)

    def slot(self, slot: Slot) -> str:
        """The value of a slot that is one word; empty if the action has none."""
        return next((value for name, value in self.slots if name is slot), "")

    def argv(self) -> tuple[str, ...]:
        """The words of its command, with the action's values for the slots."""
        return tuple(self._resolved(self.command.argv))

    def text(self, word: Word) -> str:
        """One word of its command or description; a slot of several names has spaces between."""
        pieces = word if isinstance(word, tuple) else (word,)
        return "".join(" ".join(self._values(one)) if isinstance(one, Slot) else one
                       for one in pieces)

    def _resolved(self, words: Iterable[Word]) -> Iterator[str]:
        for word in words:
            if isinstance(word, Slot):
                yield from self._values(word)
            else:
                yield self.text(word)

    def _values(self, slot: Slot) -> tuple[str, ...]:
        if slot is Slot.INPUTS:
            return self.inputs
        return self.outputs if slot is Slot.OUTPUTS else (self.slot(slot),)
