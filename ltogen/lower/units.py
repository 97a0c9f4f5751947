"""Large sources as several codegen units: how many, and the actions that make them.

A source is compiled to IR that nobody has optimised yet; one action cuts it; each unit then takes
the way of a module of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from ltogen import flags, layout
from ltogen.lower.rules import SPLIT_SOURCES, compile_command, digest, step
from ltogen.model import MOST_PARTS, Action, Language, Phase, Rule, SourceFile, Target
from ltogen.quoting import ninja_text
from ltogen.site import Site

LEAST_SIZE = 64 << 10  # bytes of source that are worth a unit of their own, if nobody says so
# From a compile to bitcode: IR as the front end leaves it, and as text. (`-S` would do the latter,
# but clang warns of a `-c` that SCons's commands have besides.)
TO_IR = ("-Xclang", "-disable-llvm-passes", "-Xclang", "-emit-llvm", "-c")


class Cut(Struct, frozen=True):
    """The units of a source: what makes them of its IR, and each module with its bitcode."""

    actions: tuple[Action, ...]
    modules: tuple[tuple[str, str], ...]


def counted(members: Sequence[Target], files: Mapping[str, tuple[SourceFile, ...]],
            jobs: int) -> dict[str, tuple[SourceFile, ...]]:
    """The sources of each target with the number of their units.

    By size alone, which is known before anything is compiled and the same on every machine: what
    was measured would make another program of the same sources.
    """
    cuttable = {target.name: _cuttable(target, files[target.name]) for target in members}
    total = sum(file.size for sources in cuttable.values() for file in sources)
    found = dict(files)
    for target in members:
        sources = cuttable[target.name]
        count = target.codegen_units
        size = unit_size([file.size for file in sources], count) if count else (
            max(total / jobs, LEAST_SIZE))
        found[target.name] = tuple(
            msgspec.structs.replace(file, units=number(file.size, size)) if file in sources
            else file for file in files[target.name])
    return found


def unit_size(sizes: Iterable[int], count: int) -> float:
    """The size of a unit that cuts the largest of some sources in `count`."""
    return max(sizes, default=0) / count


def number(size: float, unit: float) -> int:
    """How many units of a size a source gives; a little more than one is one."""
    return max(1, min(MOST_PARTS, -int(-(size / unit - 0.25) // 1))) if unit else 1


def _cuttable(target: Target, files: Iterable[SourceFile]) -> frozenset[SourceFile]:
    own = {Language.C: target.c_args, Language.CXX: target.cxx_args}
    languages = {language for language, words in own.items()
                 if not flags.keeps_whole((*target.compile_args, *words))}
    return frozenset(file for file in files if file.language in languages)


class Source(Struct, frozen=True):
    """A source that is cut: where it is, and the words that compile it for a thin link.

    `driver` is how many of these name the compiler. `reads` are files that it reads besides.
    """

    file: SourceFile
    path: str
    words: tuple[str, ...]
    driver: int
    reads: tuple[str, ...]


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
    # The flags of the source, to the letter: of those for the front end, nothing is left to do.
    words = (*site.toolchain.backend, *source.words[source.driver:],
             "-Qunused-arguments", "-Wno-override-module", "-x", "ir")
    rule = Rule(f"unit.{digest(words)}", compile_command(words, "-c $in -o", ()), "opt  $in")
    return Action(Phase.OPTIMIZE, rule, (bitcode,), (part,),
                  (site.layout.toolchain, *source.reads),
                  cost=float(source.file.size) / source.file.units)
