"""What each word of a link command is: the driver's, the linker's in its place, or a backend's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ltogen.clang import flags
from ltogen.linker import options as lld_options


class UnsupportedLink(Exception):
    """A link with an option that has no equivalent in a graph; the text names it."""


class Word(Struct, frozen=True):
    """One word for the linker. `file`: it names an input, and is no option or value of one."""

    text: str
    file: bool = False


class LinkLine(Struct, frozen=True):
    """A link command in its parts."""

    driver: tuple[str, ...]  # arguments from which the driver makes what surrounds the inputs
    words: tuple[Word, ...]  # the linker's, in the order of the command
    backend: tuple[str, ...]  # compile flags that say what the linker would tell its own backend
    folders: tuple[str, ...]  # where `-l` looks first


# What the link says about the backends that the linker would run, as a compile says it.
_BACKEND = (
    (re.compile(r"-(?:plugin-opt=)?(?:lto-)?O([0-3])\Z"), "-O{}"),
    # A backend splits sections in any case.
    (re.compile(r"-(?:plugin-opt|mllvm)=-(?:function|data)-sections(?:=.*)?\Z"), ""),
    (re.compile(r"-(?:plugin-opt|mllvm)=-debugger-tune=(.+)\Z"), "-Xclang\0-debugger-tuning={}"),
    (re.compile(r"-plugin-opt=mcpu=(.+)\Z"), "-Xclang\0-target-cpu\0-Xclang\0{}"),
    (re.compile(r"-(?:plugin-opt|mllvm)=(-.+)\Z"), "-mllvm\0{}"),
    (re.compile(r"-(?:plugin-opt=|lto-)sample-profile=(.+)\Z"), "-fprofile-sample-use={}"),
    (re.compile(r"-(?:plugin-opt=|lto-)cs-profile-(?:file|path)=(.+)\Z"), "-fprofile-use={}"),
    (re.compile(r"-(?:plugin-opt=|lto-)cs-profile-generate\Z"), "-fcs-profile-generate"),
    (re.compile(r"-lto-basic-block-sections=(.+)\Z"), "-fbasic-block-sections={}"),
    (re.compile(r"-lto-unique-basic-block-section-names\Z"),
     "-funique-basic-block-section-names"),
)
# Options of the linker's own LTO that a graph cannot follow.
_NO_EQUIVALENT = re.compile(
    r"-(?:plugin-opt=)?(?:thinlto-index-only|thinlto-prefix-replace|thinlto-object-suffix-replace"
    r"|thinlto-distributor|thinlto-emit-|lto-obj-path|obj-path|lto-emit-|emit-llvm|emit-asm"
    r"|lto-newpm-passes|lto-aa-pipeline|exclude-libs|r\Z|relocatable\Z)")
_DROPPED_DRIVER_FLAG = re.compile(
    r"-flto(=.*)?\Z|-fno-lto\Z|-flto-jobs=.*|-fuse-ld=.*|--ld-path=.*|-gsplit-dwarf.*|-save-temps.*"
    r"|--save-temps.*|-ftime-trace.*|-f(no-)?save-optimization-record.*|-ffat-lto-objects\Z|-c\Z")


def split(arguments: Sequence[str]) -> LinkLine:
    """The parts of a link's arguments.

    Raises UnsupportedLink for a linker that is not lld, and for options without equivalent.
    """
    driver: list[str] = []
    linker: list[str] = []  # marked: driver inputs carry a NUL
    for group in flags.groups(arguments):
        flag = group[0]
        if flag in ("-r", "--relocatable"):
            raise UnsupportedLink("it links to an object (-r), which has no equivalent in a graph")
        if flag.startswith("-Wl,"):
            linker += flag[4:].split(",")
        elif flag == "-Xlinker":
            linker += group[1:]
        elif flag.startswith("-l"):
            linker.append("".join(group))
        elif not flag.startswith("-"):
            linker.append(f"\0{flag}")
        elif _DROPPED_DRIVER_FLAG.match(flag):
            _check_linker(flag)
        else:
            driver += group
    words = tuple(_linker_words(linker))
    return LinkLine(tuple(driver), words, (*_backend_words(words), *_driver_backend(driver)),
                    tuple(_folders(driver, words)))


def of_linker(words: Sequence[str]) -> LinkLine:
    """The parts of a line that the linker itself is given.

    Raises UnsupportedLink for options without equivalent.
    """
    known = tuple(_linker_words(words))
    return LinkLine((), known, tuple(_backend_words(known)), tuple(_folders((), known)))


def _check_linker(flag: str) -> None:
    if not flag.startswith(("-fuse-ld=", "--ld-path=")):
        return
    linker = os.path.basename(flag.partition("=")[2])
    if not re.match(r"(?:.*-)?(?:ld\.)?lld(?:-[\d.]+)?\Z", linker):
        raise UnsupportedLink(f"it links with {linker}, and only lld does ThinLTO as a graph; "
                              "configure it with -fuse-ld=lld")


def _linker_words(linker: Sequence[str]) -> Iterator[Word]:
    """The words with their kind, without what the graph says itself."""
    words = iter(linker)
    for word in words:
        if word.startswith("\0"):
            yield Word(word[1:], file=True)
            continue
        name = lld_options.one_dash(word)
        if _NO_EQUIVALENT.match(name):
            raise UnsupportedLink(f"it links with {word}, which has no equivalent in a graph")
        value = next(words, None) if lld_options.takes_next(word) else None
        short = _library_word(name, value)
        if short:
            yield Word(short)
            continue
        if name.startswith("-dependency-file"):
            continue
        yield Word(word, file=not word.startswith("-") and word[:1] != "@")
        if value is not None:
            yield Word(value.removeprefix("\0"))


def _library_word(name: str, value: str | None) -> str:
    """`-lNAME` or `-LFOLDER`, if that is what an option says in another way."""
    option, equals, joined = name.partition("=")
    letter = {"-l": "-l", "-library": "-l", "-L": "-L", "-library-path": "-L"}.get(option)
    said = joined if equals else value
    return f"{letter}{said}" if letter and said else ""


def _backend_words(words: Sequence[Word]) -> Iterator[str]:
    texts = [word.text for word in words]
    for text, value in zip(texts, [*texts[1:], ""], strict=False):
        name = lld_options.one_dash(text)
        if name in ("-mllvm", "-plugin-opt"):
            name = f"{name}={value}"
        if name.startswith("-O"):
            continue  # the linker's own effort, not its backend's
        for pattern, flag in _BACKEND:
            match = pattern.match(name)
            if match:
                yield from filter(None, flag.format(*match.groups()).split("\0"))
                break


def _driver_backend(driver: Sequence[str]) -> Iterator[str]:
    for group in flags.groups(driver):
        if group[0] == "-mllvm":
            yield from group


def _folders(driver: Sequence[str], words: Sequence[Word]) -> Iterator[str]:
    for group in flags.groups(driver):
        if group[0].startswith("-L"):
            yield group[-1].removeprefix("-L")
    for word in words:
        if word.text.startswith("-L") and len(word.text) > 2:
            yield word.text[2:]
