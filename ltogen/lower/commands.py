"""Words of commands that all lowerings use."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable

from ltogen.base.digest import digest
from ltogen.model.action import Arguments, ResponseFile, Slot, Word
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


def backend(words: Iterable[Word], beside: tuple[str, ...], compiler: Iterable[str],
            options: Iterable[Word] = ()) -> Words:
    """A command that generates the code of bitcode: of an error in it, the source is told.

    `compiler` are the words that name the compiler. What tells it has no digest here: no object
    depends on it.
    """
    explain = shlex.join((sys.executable, "-IS", step_code.MAIN, "inline-asm", "",
                          *compiler))
    return compiled(words, beside, (*options, "--explain", explain))


def linked(words: Iterable[str], product: str, depfile: str, options: Iterable[str],
           file: str) -> tuple[Words, Arguments]:
    """A command that links with lld, and writes a depfile of every file that it read.

    `options` are further ones of the script around it. All of that is in a `file`: who sees a link
    fail wants to read the linker's words, and Ninja prints the command.
    """
    return ("sh", step_code.CUTOFF, f"@{file}"), Arguments(file, (
        "--code", step_code.of_cutoff(with_store=False), "--deps", depfile, *options, product,
        *words, f"--dependency-file={depfile}", "-o"))


def step(name: str, *words: str) -> Words:
    """A command that runs one of ltogen's build steps, without the site packages."""
    return (sys.executable, "-IS", step_code.MAIN, name, step_code.of_step(name), *words)


def step_of_link(name: str, file: str, told: tuple[str, ...],
                 line: tuple[str, ...]) -> tuple[Words, ResponseFile]:
    """A step that runs the linker on a `line`; all that it is told is in a file with that."""
    return step(name, f"@{file}"), ResponseFile(file, line, told)
