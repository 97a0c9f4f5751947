"""Words of commands that all lowerings use."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable

from ltogen.base.digest import digest
from ltogen.model.action import Slot, Word
from ltogen.model.toolchain import Toolchain
from ltogen.toolchain import step_code

Words = tuple[Word, ...]

# Keep what bitcode was before: a thin link compares it with what it is now.
KEEP_LAST = ("--last",)


def key(words: Iterable[Word]) -> str:
    """A name that is unique to the words of a command."""
    return digest([word if isinstance(word, str) else repr(word) for word in words])


def cut_off(command: Iterable[Word], options: Iterable[Word] = (),
            output: Word = Slot.OUTPUTS) -> Words:
    """A command that writes `output`, or does not touch it if its bytes stay the same.

    The script appends the path to write to as the last word. `options` are the script's own.
    """
    options = tuple(options)
    code = step_code.of_cutoff(with_store="--store" in options)
    return ("sh", step_code.CUTOFF, "--code", code, *options, output, *command)


def compiled(words: Iterable[Word], beside: tuple[str, ...], options: Iterable[Word] = (),
             depfile: Word = "") -> Words:
    """A command that compiles, and writes files `beside` its output that clang names after it.

    `depfile` is where it writes what it read.
    """
    suffixes = (word for suffix in beside for word in ("--beside", suffix))
    return cut_off(words, (*options, *suffixes, *(("--reads", depfile) if depfile else ())))


def backend(words: Iterable[Word], beside: tuple[str, ...], toolchain: Toolchain,
            options: Iterable[Word] = ()) -> Words:
    """A command that generates the code of bitcode: of an error in it, the source is told.

    What tells it has no digest here: no object depends on it.
    """
    explain = shlex.join((sys.executable, "-IS", step_code.MAIN, "inline-asm", "",
                          *toolchain.backend))
    return compiled(words, beside, (*options, "--explain", explain))


def linked(words: Iterable[Word], depfile: str, options: Iterable[str] = (),
           launcher: tuple[str, ...] = ()) -> Words:
    """A command that links with lld, and writes a depfile of every file that it read.

    `options` are further ones of the script around it.
    """
    return (*launcher, *cut_off((*words, f"--dependency-file={depfile}", "-o"),
                                ("--deps", depfile, *options)))


def step(name: str, *words: str) -> Words:
    """A command that runs one of ltogen's build steps, without the site packages."""
    return (sys.executable, "-IS", step_code.MAIN, name, step_code.of_step(name), *words)
