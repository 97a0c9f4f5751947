"""The words of a link as a compiler driver takes them: which are the driver's, which go to lld."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ltogen.clang import flags
from ltogen.linker.command_line import Argument

# What a piece of a driver's line is. Inputs and libraries reach the linker in their place, as
# what `-Wl,` and `-Xlinker` hand over does; the driver makes something else of its own words.
DRIVER, LINKER, INPUT, LIBRARY = "driver", "linker", "input", "library"


def pieces(arguments: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each argument with its value: what it is, and its words, as the linker sees those it gets."""
    for group in flags.groups(arguments):
        flag = group[0]
        if flag.startswith("-Wl,"):
            yield LINKER, tuple(flag[4:].split(","))
        elif flag == "-Xlinker":
            yield LINKER, group[1:]
        elif flag.startswith("-l"):
            yield LIBRARY, ("".join(group),)
        else:
            yield (DRIVER if flag.startswith("-") else INPUT), group


def split(arguments: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The arguments as (what the driver is given, what goes straight to the linker)."""
    driver: list[str] = []
    linker: list[str] = []
    for kind, words in pieces(arguments):
        (linker if kind == LINKER else driver).extend(words)
    return tuple(driver), tuple(linker)


def scripts(driver: Sequence[str]) -> Iterator[Argument]:
    """The linker scripts among the driver's own words, as the linker sees them: `-T`."""
    for group in flags.groups(driver):
        if group[0].startswith("-T") and not group[0].startswith(("-Tbss", "-Tdata", "-Ttext")):
            yield Argument("script", group[-1] if len(group) > 1 else group[0][2:], group)
