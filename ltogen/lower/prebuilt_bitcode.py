"""Converts prebuilt bitcode for another kind of link than it was made for."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ltogen.clang import flags
from ltogen.lower.commands import KEEP_LAST, Words, cut_off, step
from ltogen.model.action import Action, Command, Phase, ResponseFile, Slot
from ltogen.model.link_unit import Form
from ltogen.model.site import Site

# What was made for a thin link and what was made for a merge differ in this flag, and LLVM merges
# no modules that differ in it.
_FLAG = r's/^\(![0-9]* = !{i32 [0-9], !"EnableSplitLTOUnit", i32 \)0}/\11}/'


def copy_command(*name: str, shown: Slot = Slot.INPUTS) -> Command:
    """The command that copies a file; its description shows one of the two names."""
    return Command(name, cut_off(("cp", Slot.INPUTS), (*KEEP_LAST, "--read", Slot.INPUTS)),
                   ("copy ", shown))


def copy(source: str, target: str, site: Site) -> Action:
    """The action that copies a file."""
    return Action(Phase.OPTIMIZE, copy_command("copy", shown=Slot.OUTPUTS), (target,), (source,),
                  (site.layout.toolchain,))


def extract(target: str, form: str, pairs: Sequence[str], site: Site) -> Action:
    """The action that extracts the bitcode of a target; `pairs` are objects and outputs."""
    # Beside an output: Ninja makes folders for outputs alone.
    names = f"{pairs[1]}.names"
    command = Command(("extract", form, target), step("extract", names),
                      f"take bitcode out of {target}", response=ResponseFile(names, tuple(pairs)))
    return Action(Phase.OPTIMIZE, command, (pairs[1],), tuple(pairs[::2]),
                  (site.layout.toolchain,), tuple(pairs[3::2]))


def merged_command(name: tuple[str, ...], form: Form, *, thin: bool, arguments: Sequence[str],
                   site: Site) -> Command:
    """The command that converts a module to a form for a merge.

    `thin`: whether it was made for a thin link; `arguments` are those of a backend without one.
    """
    if form is Form.FULL and not thin:
        return copy_command(*name)
    if not thin:
        words = by_linker(arguments, site, "--lto-emit-llvm")
    elif form is Form.FULL:
        words = _without_summary(("-Xclang", "-disable-llvm-passes"), site)
    else:
        words = _without_summary((*arguments, "-fthinlto-index=/dev/null"), site)
    return Command(name, words, ("convert ", Slot.INPUTS))


def by_linker(arguments: Sequence[str], site: Site, *options: str) -> Words:
    """A command that optimises one module for a merge, without any other.

    `arguments` are those of a backend. With an index, clang would take a module without a summary
    for an empty one.
    """
    level = flags.backend_level(flags.optimization_level(arguments, "2"))
    # By way of stdout: lld takes a `%` in a path for a letter of its choice.
    linker = shlex.join((*site.toolchain.ld, "-r", f"--lto-O{level}", *options))
    return cut_off(("sh", "-c", f'{linker} "$0" -o - > "$1"', Slot.INPUTS),
                   ("--read", Slot.INPUTS))


def _without_summary(arguments: Sequence[str], site: Site) -> Words:
    """The command that drops a module's summary; `arguments` are of the first of two compiles."""
    compiler = (*site.toolchain.backend, "-Wno-override-module", "-emit-llvm")
    text = shlex.join((*compiler, *arguments, "-S", "-x", "ir"))
    code = shlex.join((*compiler, "-Xclang", "-disable-llvm-passes", "-c", "-x", "ir"))
    script = (f'trap \'rm -f "$1.ll"\' EXIT; {text} "$0" -o "$1.ll" && '
              f'sed -i {shlex.quote(_FLAG)} "$1.ll" && {code} "$1.ll" -o "$1"')
    return cut_off(("sh", "-c", script, Slot.INPUTS), ("--read", Slot.INPUTS))
