"""Bitcode that is there already, made fit for another link than it was made for."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from ltogen.lower.rules import cut_off, rule_name, step
from ltogen.model import Action, Phase, Rule
from ltogen.quoting import ninja_text, response
from ltogen.site import Site

# What was made for a thin link and what was made for a merge differ in this flag, and LLVM merges
# no modules that differ in it.
_FLAG = r's/^\(![0-9]* = !{i32 [0-9], !"EnableSplitLTOUnit", i32 \)0}/\11}/'

def extract(target: str, form: str, pairs: Sequence[str], site: Site) -> Action:
    """Take out the bitcode of one target; `pairs` are each object and what becomes of it."""
    # Beside an output: Ninja makes folders for outputs alone.
    names = f"{pairs[1]}.names"
    rule = Rule(rule_name("extract", form, target), step(sys.executable, "extract", names),
                f"open {ninja_text(target)}", rspfile=ninja_text(names),
                rspfile_content=ninja_text(response(pairs)))
    return Action(Phase.OPTIMIZE, rule, (pairs[1],), tuple(pairs[::2]), (site.layout.toolchain,),
                  tuple(pairs[3::2]))


def without_summary(flags: Sequence[str], site: Site) -> str:
    """A command that makes a module of a thin link one that can be merged.

    `flags` say what the first of two compilers does with it.
    """
    compiler = (*site.toolchain.backend, "-Wno-override-module", "-emit-llvm")
    text = shlex.join((*compiler, *flags, "-S", "-x", "ir"))
    code = shlex.join((*compiler, "-Xclang", "-disable-llvm-passes", "-c", "-x", "ir"))
    script = (f'trap \'rm -f "$1.ll"\' EXIT; {text} "$0" -o "$1.ll" && '
              f'sed -i {shlex.quote(_FLAG)} "$1.ll" && {code} "$1.ll" -o "$1"')
    return cut_off(("sh", "-c", script), "$in")
