"""Whether a link has bitcode in it: from the first bytes of what it names."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator

from ltogen.base import ar, magic
from ltogen.ld.command import Command
from ltogen.linker import file_kind
from ltogen.linker.file_system import FileSystem
from ltogen.linker.search import Search
from ltogen.linker.state import State

# One module of less than this many bytes is linked before a graph of it is written: it is a
# configure script's question to the compiler.
_SMALL = 1 << 16
_SYSTEM = ("/lib", "/usr/lib")


NO_BITCODE = "no bitcode: compile with -flto=thin"
ONE_SMALL = "one small module"


def why_not(command: Command) -> str:
    """Why a graph of the link is not worth it: it has no module, or one small one; else nothing.

    With LTOGEN_LINKS=all in the environment, any link with a module is worth it.
    """
    least = 0 if os.environ.get("LTOGEN_LINKS") == "all" else _SMALL
    found = size = 0
    fat = command.line.is_on("fat-lto-objects")
    for path in _paths(command):
        for part in _bitcode(path, fat=fat):
            found += 1
            size += part
            if found > 1 or size >= least:
                return ""
    return ONE_SMALL if found else NO_BITCODE


def _paths(command: Command) -> Iterator[str]:
    """Inputs and libraries, and then what scripts among them name.

    Those of the system name no bitcode, and every link has one; lld would link it all the same.
    """
    scripts = command.line.has("script") or command.line.has("default-script")
    for path in _named(command):
        scripts = scripts or _is_script(path)
        yield path
    if scripts:
        yield from (one.path for one in command.reads(look_inside=False).inputs if one.by)


def _is_script(path: str) -> bool:
    head = FileSystem().head(path)
    return head is not None and file_kind.of(head) == file_kind.SCRIPT and (
        not os.path.normpath(path).startswith(_SYSTEM))


def _named(command: Command) -> Iterator[str]:
    yield from command.inputs
    line = command.line
    search = Search(FileSystem(), line.values("library-path"), line.last("sysroot"))
    state = State(line)
    for argument in line.arguments:
        if argument.option == "library":
            path, _ = search.library(argument.text, static=state.static)
            yield from filter(None, [path])
        else:
            state.follow(argument)


def _bitcode(path: str, *, fat: bool) -> Iterator[int]:
    """The sizes of the modules in a file; `fat`: also of those in native objects."""
    try:
        with open(path, "rb") as file:
            kind = file_kind.of(file.read(18))
            if kind == file_kind.BITCODE:
                yield os.fstat(file.fileno()).st_size
            elif kind in (file_kind.ARCHIVE, file_kind.THIN_ARCHIVE):
                with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
                    yield from _members(path, data, fat=fat)
            elif fat and kind == file_kind.OBJECT:
                with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
                    yield from _embedded(data)
    except (OSError, ValueError, ar.ArchiveError):
        return  # lld says best what is wrong with it


def _embedded(data: bytes | mmap.mmap) -> Iterator[int]:
    # Loaded here: few links have such objects.
    from ltogen.base import elf

    bitcode = elf.bitcode(data)
    if bitcode:
        yield len(bitcode)


def _members(path: str, data: mmap.mmap, *, fat: bool) -> Iterator[int]:
    for _, offset, size, file in ar.members(path, data):
        if file:
            yield from _bitcode(file, fat=fat)
        elif data[offset:offset + 4] in magic.BITCODE:
            yield size
        elif fat:
            yield from _embedded(data[offset:offset + size])
