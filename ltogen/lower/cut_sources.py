"""Large sources as several codegen units: the actions that make them.

A source is compiled to IR that nobody has optimised yet; one action cuts it; each unit then takes
the way of a module of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ltogen.clang import flags
from ltogen.lower.commands import compiled, key, step
from ltogen.model import layout
from ltogen.model.action import Action, Command, Phase, Slot
from ltogen.model.site import Site

# From a compile to bitcode: IR as the front end leaves it, and as text. (`-S` would do the latter,
# but clang warns of a `-c` that SCons's commands have besides.)
TO_IR = ("-Xclang", "-disable-llvm-passes", "-Xclang", "-emit-llvm", "-c")


class Cut(Struct, frozen=True):
    """The units of a source: what makes them of its IR, and each module with its bitcode."""

    actions: tuple[Action, ...]
    modules: tuple[tuple[str, str], ...]


class Source(Struct, frozen=True):
    """A source that is cut: where it is, and the words that compile it for a thin link.

    `size` is in bytes; `units` is in how many it is cut. `driver` is how many of the words name the
    compiler. `reads` are files that it reads besides.
    """

    path: str
    size: int
    units: int
    words: tuple[str, ...]
    driver: int
    reads: tuple[str, ...]

    def for_ir(self, site: Site) -> tuple[str, ...]:
        """The words that optimise IR which these made, for a thin link."""
        # The flags to the letter: of those for the front end, nothing is left to do.
        return (*site.toolchain.backend, *self.words[self.driver:],
                "-Qunused-arguments", "-Wno-override-module", "-x", "ir")


def whole(module: str, site: Site) -> str:
    """Where the IR of a source lies that would be the module `module`."""
    return f"{site.layout.units}{module.removesuffix('.o')}.ll"


def cut(source: Source, module: str, site: Site) -> Cut:
    """The units of a source's IR, once that is there."""
    text = whole(module, site)
    parts = [f"{text.removesuffix('.ll')}.unit{order}.ll" for order in range(source.units)]
    actions = [_division(source, text, module, parts, site)]
    modules = []
    for order, part in enumerate(parts):
        unit = layout.unit_of(module, order)
        bitcode = site.layout.bitcode + unit
        actions.append(_optimize(source, part, bitcode, site))
        modules.append((unit, bitcode))
    return Cut(tuple(actions), tuple(modules))


def to_ir(source: Source, module: str, site: Site) -> Action:
    """What makes the IR."""
    words = (*source.words, *TO_IR)
    beside = flags.side_outputs(source.words, front_end=True, code_generator=False)
    depfile = (Slot.OUTPUTS, ".d")
    command = Command(
        ("ir", key(words)), compiled((*words, "-MD", "-MF", depfile, Slot.INPUTS, "-o"), beside),
        ("ir   ", Slot.INPUTS), depfile)
    return Action(Phase.OPTIMIZE, command, (whole(module, site),), (source.path,),
                  (site.layout.toolchain, *source.reads), size=float(source.size) * 2)


def _division(source: Source, text: str, module: str, parts: Sequence[str], site: Site) -> Action:
    command = Command(("cut", key((module,))), step("cut", text, module, *parts),
                      f"cut  {text}")
    return Action(Phase.OPTIMIZE, command, tuple(parts), (text,), (site.layout.toolchain,),
                  size=float(source.size) * 2)


def _optimize(source: Source, part: str, bitcode: str, site: Site) -> Action:
    words = source.for_ir(site)
    command = Command(("unit", key(words)), compiled((*words, "-c", Slot.INPUTS, "-o"), ()),
                      ("opt  ", Slot.INPUTS))
    return Action(Phase.OPTIMIZE, command, (bitcode,), (part,),
                  (site.layout.toolchain, *source.reads),
                  size=float(source.size) / source.units)
