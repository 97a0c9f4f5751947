"""Words of commands that every lowering shares."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from ltogen.base.digest import digest
from ltogen.model.action import Slot, Word
from ltogen.toolchain import step_code

Words = tuple[Word, ...]


def key(words: Iterable[Word]) -> str:
    """A name for the words of a command that other words do not have."""
    return digest([word if isinstance(word, str) else repr(word) for word in words])


def cut_off(command: Iterable[Word], options: Iterable[Word] = (),
            output: Word = Slot.OUTPUTS) -> Words:
    """A command that writes `output` and leaves it alone when its bytes stay the same.

    The script appends the path to write to as the last word. `options` are the script's own.
    """
    return ("sh", step_code.CUTOFF, "--code", step_code.of_cutoff(), *options, output, *command)


def compiled(words: Iterable[Word], beside: tuple[str, ...], options: Iterable[Word] = ()) -> Words:
    """A command that compiles to its output, and to files beside it that clang names after it.

    Such a name is written into the output too, so it must not depend on whether the output was
    there before.
    """
    return cut_off(words, (*options, "--aside") if beside else options)


def linked(words: Iterable[Word], depfile: str, launcher: tuple[str, ...] = ()) -> Words:
    """A command that links with lld, and writes down every file it read."""
    return (*launcher, *cut_off((*words, f"--dependency-file={depfile}", "-o"),
                                ("--deps", depfile)))


def step(name: str, *words: str) -> Words:
    """A command that runs one of ltogen's build steps, without the site packages."""
    return (sys.executable, "-IS", step_code.MAIN, name, step_code.of_step(name), *words)
