"""Large sources as several codegen units: how many, and the actions that make them.

A source is compiled to IR that nobody has optimised yet; one action cuts it; each unit then takes
the way of a module of its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from ltogen import flags, layout
from ltogen.lower.rules import SPLIT_SOURCES, compile_command, digest, step
from ltogen.model import Action, Language, Phase, Rule, SourceFile, Target
from ltogen.quoting import ninja_text
from ltogen.site import Site

_CUT = (Language.C, Language.CXX)
_MOST = 256
_LEAST_SIZE = 64 << 10  # bytes of source that are worth a unit of their own, if nobody says so
# What the optimiser finds by a function's name and file, or wants to see whole.
_WHOLE = re.compile(r"-f(cs-)?profile-.*|-f(auto|memory)-profile.*|-fcoverage-.*|--coverage|"
                    r"-f(test-coverage|profile-arcs)|-fsanitize=.*cfi.*|-fsplit-lto-unit|"
                    r"-fwhole-program-vtables|-fvirtual-function-elimination")


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
    total = sum(file.size for target in members for file in _cuttable(target, files[target.name]))
    found = {}
    for target in members:
        own = files[target.name]
        largest = max((file.size for file in _cuttable(target, own)), default=0)
        size = max(total / jobs, _LEAST_SIZE) if target.codegen_units is None else (
            largest / target.codegen_units)
        cuttable = set(_cuttable(target, own))
        found[target.name] = tuple(
            msgspec.structs.replace(file, units=_units(file.size, size)) if file in cuttable
            else file for file in own)
    return found


def _cuttable(target: Target, files: Iterable[SourceFile]) -> tuple[SourceFile, ...]:
    own = {Language.C: target.c_args, Language.CXX: target.cxx_args}
    return tuple(file for file in files if file.language in _CUT and not any(
        map(_WHOLE.fullmatch, (*target.compile_args, *own.get(file.language, ())))))


def _units(size: int, unit: float) -> int:
    """How many units of a size a source gives; a little more than one is one."""
    return max(1, min(_MOST, -int(-(size / unit - 0.25) // 1))) if unit else 1


def cut(file: SourceFile, source: str, path: str, words: tuple[str, ...], site: Site) -> Cut:
    """The actions for one source, whose compile to bitcode for a thin link is `words`."""
    stem = site.layout.units + path.removesuffix(".o")
    whole = f"{stem}.ll"
    parts = [f"{stem}.unit{number}.ll" for number in range(file.units)]
    to_ir = (*words, "-Xclang", "-disable-llvm-passes", "-emit-llvm", "-S")
    rule = Rule(f"ir.{digest(to_ir)}",
                compile_command(to_ir, "-MD -MF $out.d $in -o",
                                flags.side_outputs(words, front_end=True, code_generator=False)),
                "ir   $in", "$out.d")
    actions = [Action(Phase.OPTIMIZE, rule, (whole,), (source,), (site.layout.toolchain,),
                      cost=float(file.size) * 2),
               _division(whole, path, parts, file, site)]
    modules = []
    for number, part in enumerate(parts):
        unit = layout.unit_of(path, number)
        bitcode = site.layout.bitcode + unit
        actions.append(_optimize(part, bitcode, words, file, site))
        modules.append((unit, bitcode))
    return Cut(tuple(actions), tuple(modules))


def _division(whole: str, key: str, parts: Sequence[str], file: SourceFile, site: Site) -> Action:
    rule = Rule(f"split.{digest((key,))}",
                step(sys.executable, "split", whole, key, *parts), f"cut  {ninja_text(whole)}")
    return Action(Phase.OPTIMIZE, rule, tuple(parts), (whole,),
                  (site.layout.toolchain, *SPLIT_SOURCES), cost=float(file.size) * 2)


def _optimize(part: str, bitcode: str, words: tuple[str, ...], file: SourceFile,
              site: Site) -> Action:
    # The flags of the source, to the letter: of those for the front end, nothing is left to do.
    to_bitcode = (*site.toolchain.backend, *words[len(_driver(words, file, site)):],
                  "-Qunused-arguments", "-Wno-override-module", "-x", "ir")
    rule = Rule(f"unit.{digest(to_bitcode)}", compile_command(to_bitcode, "-c $in -o", ()),
                "opt  $in")
    return Action(Phase.OPTIMIZE, rule, (bitcode,), (part,), (site.layout.toolchain,),
                  cost=float(file.size) / file.units)


def _driver(words: tuple[str, ...], file: SourceFile, site: Site) -> tuple[str, ...]:
    return site.toolchain.cxx if file.language is Language.CXX else site.toolchain.cc
