"""Bitcode that is there already, made fit for another link than it was made for."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from ltogen.base.quoting import ninja_text, response
from ltogen.clang import flags
from ltogen.lower.rules import cut_off, rule_name, step
from ltogen.model.link_unit import Form
from ltogen.model.plan import Action, Phase, Rule
from ltogen.model.site import Site

# What was made for a thin link and what was made for a merge differ in this flag, and LLVM merges
# no modules that differ in it.
_FLAG = r's/^\(![0-9]* = !{i32 [0-9], !"EnableSplitLTOUnit", i32 \)0}/\11}/'


def copy_rule(name: str, shown: str = "$in") -> Rule:
    """The rule that gives a file a second name; Ninja shows the first, or the second."""
    return Rule(name, cut_off(["cp"], "$in"), f"cpy  {shown}")


def copy(source: str, target: str, site: Site) -> Action:
    """The action that gives a file a second name."""
    return Action(Phase.OPTIMIZE, copy_rule("copy", "$out"), (target,), (source,),
                  (site.layout.toolchain,))


def extract(target: str, form: str, pairs: Sequence[str], site: Site) -> Action:
    """Take out the bitcode of one target; `pairs` are each object and what becomes of it."""
    # Beside an output: Ninja makes folders for outputs alone.
    names = f"{pairs[1]}.names"
    rule = Rule(rule_name("extract", form, target), step(sys.executable, "extract", names),
                f"open {ninja_text(target)}", rspfile=ninja_text(names),
                rspfile_content=ninja_text(response(pairs)))
    return Action(Phase.OPTIMIZE, rule, (pairs[1],), tuple(pairs[::2]), (site.layout.toolchain,),
                  tuple(pairs[3::2]))


def merged_rule(name: str, form: Form, *, thin: bool, arguments: Sequence[str],
                site: Site) -> Rule:
    """The rule that puts a module into a form to be merged in.

    `thin`: whether it was made for a thin link; `arguments` are those of a backend without one.
    """
    if form is Form.FULL and not thin:
        return copy_rule(name)
    if not thin:
        command = by_linker(arguments, site, "--lto-emit-llvm")
    elif form is Form.FULL:
        command = _without_summary(("-Xclang", "-disable-llvm-passes"), site)
    else:
        command = _without_summary((*arguments, "-fthinlto-index=/dev/null"), site)
    return Rule(name, command, "opt  $in")


def by_linker(arguments: Sequence[str], site: Site, *options: str) -> str:
    """A command that optimises one module that was made to be merged, with no other.

    `arguments` are those of a backend. With an index, clang would take a module without a summary
    for an empty one.
    """
    level = flags.backend_level(flags.optimization_level(arguments, "2"))
    # By way of stdout: lld takes a `%` in a path for a letter of its choice.
    linker = shlex.join((*site.toolchain.ld, "-r", f"--lto-O{level}", *options))
    return cut_off(("sh", "-c", f'{linker} "$0" -o - > "$1"'), "$in")


def _without_summary(arguments: Sequence[str], site: Site) -> str:
    """`arguments` say what the first of two compilers does with the module."""
    compiler = (*site.toolchain.backend, "-Wno-override-module", "-emit-llvm")
    text = shlex.join((*compiler, *arguments, "-S", "-x", "ir"))
    code = shlex.join((*compiler, "-Xclang", "-disable-llvm-passes", "-c", "-x", "ir"))
    script = (f'trap \'rm -f "$1.ll"\' EXIT; {text} "$0" -o "$1.ll" && '
              f'sed -i {shlex.quote(_FLAG)} "$1.ll" && {code} "$1.ll" -o "$1"')
    return cut_off(("sh", "-c", script), "$in")
