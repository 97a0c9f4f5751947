"""What each word of a link command is: the driver's, the linker's in its place, or a backend's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from ltogen.clang import flags
from ltogen.linker import code_generator, driver_words
from ltogen.linker.command_line import Argument, CommandLine


class UnsupportedLink(Exception):
    """A link with an option that has no equivalent in a graph; the text names it."""


class ParsedLink(Struct, frozen=True):
    """A link command in its parts."""

    driver: tuple[str, ...]  # arguments from which the driver makes what surrounds the inputs
    line: CommandLine  # the linker's, without what the graph says itself
    backend: tuple[str, ...]  # compile flags that say what the linker would tell its own backend
    folders: tuple[str, ...]  # where `-l` looks first
    sysroot: str  # what `=` stands for in them


# What the link says about the backends that the linker would run, as a compile says it.
_BACKEND = {
    "plugin-opt=mcpu": "-Xclang\0-target-cpu\0-Xclang\0{}",
    "lto-sample-profile": "-fprofile-sample-use={}",
    "lto-cs-profile-file": "-fprofile-use={}",
    "lto-basic-block-sections": "-fbasic-block-sections={}",
    "lto-unique-basic-block-section-names": "-funique-basic-block-section-names",
}
# A backend splits sections in any case.
_SECTIONS = re.compile(r"-(?:function|data)-sections(?:=.*)?\Z")
_TUNING = "-debugger-tune="
# Options of the linker's own LTO that a graph cannot follow.
_NO_EQUIVALENT = (
    "thinlto-index-only", "thinlto-prefix-replace", "thinlto-object-suffix-replace",
    "thinlto-distributor", "thinlto-emit-", "lto-obj-path", "lto-emit-", "lto-newpm-passes",
    "lto-aa-pipeline", "relocatable")
# A linker's own line names archives as they are; a driver's, which a build makes, may not.
_NO_EQUIVALENT_OF_DRIVER = (*_NO_EQUIVALENT, "exclude-libs")
_DROPPED_DRIVER_FLAG = re.compile(
    r"-flto(=.*)?\Z|-fno-lto\Z|-flto-jobs=.*|-fuse-ld=.*|--ld-path=.*|-gsplit-dwarf.*|-save-temps.*"
    r"|--save-temps.*|-ftime-trace.*|-f(no-)?save-optimization-record.*|-ffat-lto-objects\Z|-c\Z")


def split(arguments: Sequence[str]) -> ParsedLink:
    """The parts of a link's arguments.

    Raises UnsupportedLink for a linker that is not lld, and for options without equivalent.
    """
    driver: list[str] = []
    linker: list[str] = []
    for kind, words in driver_words.pieces(arguments):
        if kind != driver_words.DRIVER:
            linker += words
        elif words[0] in ("-r", "--relocatable"):
            raise UnsupportedLink("it links to an object (-r), which has no equivalent in a graph")
        elif _DROPPED_DRIVER_FLAG.match(words[0]):
            _check_linker(words[0])
        else:
            driver += words
    return _parsed(tuple(driver), linker, _NO_EQUIVALENT_OF_DRIVER)


def of_linker(words: Iterable[str]) -> ParsedLink:
    """The parts of a line that the linker itself is given, without response files.

    Raises UnsupportedLink for options without equivalent.
    """
    return _parsed((), words, _NO_EQUIVALENT)


def excluded_libraries(line: CommandLine) -> set[str]:
    """Base names of the archives whose symbols `--exclude-libs` hides; `ALL` is all of them."""
    return {name for names in line.values("exclude-libs") for name in re.split("[,:]", names)}


def _parsed(driver: tuple[str, ...], linker: Iterable[str],
            no_equivalent: tuple[str, ...]) -> ParsedLink:
    line = CommandLine(linker)
    for argument in line.arguments:
        if argument.option.startswith(no_equivalent):
            raise UnsupportedLink(f"it links with {argument.words[0]}, which has no equivalent in "
                                  "a graph")
    line.arguments = [one for one in line.arguments if one.option != "dependency-file"]
    # The driver hands these over in front of the inputs.
    own = CommandLine(word for group in flags.groups(driver) for word in group
                      if group[0].startswith(("-L", "--sysroot")))
    return ParsedLink(
        driver, line, (*of_backends(line), *_driver_backend(driver)),
        (*own.values("library-path"), *line.values("library-path")),
        line.last("sysroot") or own.last("sysroot"))


def of_backends(line: CommandLine) -> Iterator[str]:
    """The words of a compiler for what the linker's line says of its own code generator."""
    instruments = line.has("lto-cs-profile-generate")
    for argument in line.arguments:
        if not instruments or argument.option != "lto-cs-profile-file":
            yield from _backend(argument)
    if instruments:
        yield from _instrumented(line.last("lto-cs-profile-file"))


def _check_linker(flag: str) -> None:
    if not flag.startswith(("-fuse-ld=", "--ld-path=")):
        return
    linker = os.path.basename(flag.partition("=")[2])
    if not re.match(r"(?:.*-)?(?:ld\.)?lld(?:-[\d.]+)?\Z", linker):
        raise UnsupportedLink(f"it links with {linker}, and only lld does ThinLTO as a graph; "
                              "configure it with -fuse-ld=lld")


def _instrumented(path: str) -> list[str]:
    """The backend's words for a program that writes a context-sensitive profile to a path."""
    return ["-Xclang", "-fprofile-instrument=csllvm",
            *(("-Xclang", f"-fprofile-instrument-path={path}") if path else ())]


def _backend(argument: Argument) -> Iterator[str]:
    option, value = argument.option, argument.text
    if option in _BACKEND:
        yield from _BACKEND[option].format(value).split("\0")
    elif option == "lto-O" and value in ("0", "1", "2", "3"):
        yield f"-O{value}"
    elif option == "plugin-opt=-":
        yield from _of_llvm(f"-{value}")
    elif option == "mllvm":
        yield from _of_llvm(value)


def _of_llvm(option: str) -> Iterator[str]:
    if _SECTIONS.match(option):
        return
    if option in code_generator.OF_CLANG:
        yield from code_generator.OF_CLANG[option]
    elif option.startswith(_TUNING):
        yield from ("-Xclang", f"-debugger-tuning={option.removeprefix(_TUNING)}")
    else:
        yield from ("-mllvm", option)


def _driver_backend(driver: Sequence[str]) -> Iterator[str]:
    for group in flags.groups(driver):
        if group[0] == "-mllvm":
            yield from group
