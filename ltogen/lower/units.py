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
from ltogen.model import Action, Language, Phase, Rule, SourceFile, Target
from ltogen.quoting import ninja_text
from ltogen.site import Site

_MOST = 256
_LEAST_SIZE = 64 << 10  # bytes of source that are worth a unit of their own, if nobody says so
# From a compile to bitcode: IR as the front end leaves it, and as text.
TO_IR = ("-Xclang", "-disable-llvm-passes", "-emit-llvm", "-S")


class Cut(Struct, frozen=True):
    """A source in units: what makes them, and each module with its bitcode."""

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
        largest = max((file.size for file in sources), default=0)
        size = max(total / jobs, _LEAST_SIZE) if target.codegen_units is None else (
            largest / target.codegen_units)
        found[target.name] = tuple(
            msgspec.structs.replace(file, units=_units(file.size, size)) if file in sources
            else file for file in files[target.name])
    return found


def _cuttable(target: Target, files: Iterable[SourceFile]) -> frozenset[SourceFile]:
    own = {Language.C: target.c_args, Language.CXX: target.cxx_args}
    languages = {language for language, words in own.items()
                 if not flags.keeps_whole((*target.compile_args, *words))}
    return frozenset(file for file in files if file.language in languages)


def _units(size: int, unit: float) -> int:
    """How many units of a size a source gives; a little more than one is one."""
    return max(1, min(_MOST, -int(-(size / unit - 0.25) // 1))) if unit else 1


class Source(Struct, frozen=True):
    """A source that is cut: where it is, and the words that compile it for a thin link.

    `driver` is how many of these name the compiler. `reads` are files that it reads besides.
    """

    file: SourceFile
    path: str
    words: tuple[str, ...]
    driver: int
    reads: tuple[str, ...]


def cut(source: Source, key: str, site: Site) -> Cut:
    """The actions for one source, whose module would be `key`."""
    stem = site.layout.units + key.removesuffix(".o")
    whole = f"{stem}.ll"
    parts = [f"{stem}.unit{number}.ll" for number in range(source.file.units)]
    actions = [_to_ir(source, whole, site), _division(source, whole, key, parts, site)]
    modules = []
    for number, part in enumerate(parts):
        unit = layout.unit_of(key, number)
        bitcode = site.layout.bitcode + unit
        actions.append(_optimize(source, part, bitcode, site))
        modules.append((unit, bitcode))
    return Cut(tuple(actions), tuple(modules))


def _to_ir(source: Source, whole: str, site: Site) -> Action:
    words = (*source.words, *TO_IR)
    beside = flags.side_outputs(source.words, front_end=True, code_generator=False)
    rule = Rule(f"ir.{digest(words)}", compile_command(words, "-MD -MF $out.d $in -o", beside),
                "ir   $in", "$out.d")
    return Action(Phase.OPTIMIZE, rule, (whole,), (source.path,),
                  (site.layout.toolchain, *source.reads), cost=float(source.file.size) * 2)


def _division(source: Source, whole: str, key: str, parts: Sequence[str], site: Site) -> Action:
    rule = Rule(f"split.{digest((key,))}",
                step(sys.executable, "split", whole, key, *parts), f"cut  {ninja_text(whole)}")
    return Action(Phase.OPTIMIZE, rule, tuple(parts), (whole,),
                  (site.layout.toolchain, *SPLIT_SOURCES), cost=float(source.file.size) * 2)


def _optimize(source: Source, part: str, bitcode: str, site: Site) -> Action:
    # The flags of the source, to the letter: of those for the front end, nothing is left to do.
    words = (*site.toolchain.backend, *source.words[source.driver:],
             "-Qunused-arguments", "-Wno-override-module", "-x", "ir")
    rule = Rule(f"unit.{digest(words)}", compile_command(words, "-c $in -o", ()), "opt  $in")
    return Action(Phase.OPTIMIZE, rule, (bitcode,), (part,),
                  (site.layout.toolchain, *source.reads),
                  cost=float(source.file.size) / source.file.units)
