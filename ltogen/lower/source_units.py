"""Large sources as several codegen units: the actions that make them.

A source is compiled to IR that nobody has optimised yet; one action cuts it; each unit then takes
the way of a module of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from msgspec import Struct

from ltogen.base.digest import digest
from ltogen.base.quoting import ninja_text
from ltogen.clang import flags
from ltogen.lower.rules import SPLIT_SOURCES, compile_command, step
from ltogen.model import layout
from ltogen.model.plan import Action, Phase, Rule
from ltogen.model.project import SourceFile
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

    `driver` is how many of these name the compiler. `reads` are files that it reads besides.
    """

    file: SourceFile
    path: str
    words: tuple[str, ...]
    driver: int
    reads: tuple[str, ...]

    def for_ir(self, site: Site) -> tuple[str, ...]:
        """The words that optimise IR which these made, for a thin link."""
        # The flags to the letter: of those for the front end, nothing is left to do.
        return (*site.toolchain.backend, *self.words[self.driver:],
                "-Qunused-arguments", "-Wno-override-module", "-x", "ir")


def whole(key: str, site: Site) -> str:
    """Where the IR of a source lies whose module would be `key`."""
    return f"{site.layout.units}{key.removesuffix('.o')}.ll"


def cut(source: Source, key: str, site: Site) -> Cut:
    """The units of a source's IR, once that is there."""
    text = whole(key, site)
    parts = [f"{text.removesuffix('.ll')}.unit{order}.ll" for order in range(source.file.units)]
    actions = [_division(source, text, key, parts, site)]
    modules = []
    for order, part in enumerate(parts):
        unit = layout.unit_of(key, order)
        bitcode = site.layout.bitcode + unit
        actions.append(_optimize(source, part, bitcode, site))
        modules.append((unit, bitcode))
    return Cut(tuple(actions), tuple(modules))


def to_ir(source: Source, key: str, site: Site) -> Action:
    """What makes the IR."""
    words = (*source.words, *TO_IR)
    beside = flags.side_outputs(source.words, front_end=True, code_generator=False)
    rule = Rule(f"ir.{digest(words)}", compile_command(words, "-MD -MF $out.d $in -o", beside),
                "ir   $in", "$out.d")
    return Action(Phase.OPTIMIZE, rule, (whole(key, site),), (source.path,),
                  (site.layout.toolchain, *source.reads), cost=float(source.file.size) * 2)


def _division(source: Source, text: str, key: str, parts: Sequence[str], site: Site) -> Action:
    rule = Rule(f"split.{digest((key,))}",
                step(sys.executable, "split", text, key, *parts), f"cut  {ninja_text(text)}")
    return Action(Phase.OPTIMIZE, rule, tuple(parts), (text,),
                  (site.layout.toolchain, *SPLIT_SOURCES), cost=float(source.file.size) * 2)


def _optimize(source: Source, part: str, bitcode: str, site: Site) -> Action:
    words = source.for_ir(site)
    rule = Rule(f"unit.{digest(words)}", compile_command(words, "-c $in -o", ()), "opt  $in")
    return Action(Phase.OPTIMIZE, rule, (bitcode,), (part,),
                  (site.layout.toolchain, *source.reads),
                  cost=float(source.file.size) / source.file.units)
