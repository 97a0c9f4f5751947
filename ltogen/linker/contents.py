"""What objects, bitcode and archives ask the linker for: dependent libraries, by their names."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from mmap import mmap

from ltogen.base import ar, elf, magic
from ltogen.linker.bitstream import Reader, blocks, items, unwrapped

_STRTAB_BLOCK, _SYMTAB_BLOCK = 23, 25
# In the header of a symbol table (llvm/Object/IRSymtab.h), behind a number and eight pairs.
_DEPENDENT_LIBRARIES = 68


def dependent_libraries(data: bytes | mmap) -> list[str]:
    """The libraries that an object or a bitcode file asks for."""
    if data[:4] in magic.BITCODE:
        return _of_bitcode(data)
    return elf.dependent_libraries(data)


def dependent_libraries_of_members(data: bytes | mmap, members: Iterable[ar.Member]) -> list[str]:
    """The libraries that members of an archive ask for, whose bytes are `data`."""
    native = data.find(b".deplibs\0") >= 0
    return [name for _, offset, size, _ in members
            if native or data[offset:offset + 4] in magic.BITCODE
            for name in dependent_libraries(data[offset:offset + size])]


def _of_bitcode(data: bytes | mmap) -> list[str]:
    """Names in the symbol table, which clang always writes.

    Of bitcode without one, lld makes it from the module; that would take a reader of metadata here.
    """
    data = unwrapped(data)
    try:
        parts = {block.number: _blob(block) for block in blocks(Reader(data, 32, len(data) * 8, 2))
                 if block.number in (_STRTAB_BLOCK, _SYMTAB_BLOCK)}
        table = parts.get(_SYMTAB_BLOCK, b"")
        return list(_names(table, parts.get(_STRTAB_BLOCK, b""))) if table else []
    except (EOFError, IndexError, ValueError, OverflowError, struct.error):
        return []  # the linker says best what is wrong with it


def _names(table: bytes, strings: bytes) -> Iterator[str]:
    at, count = struct.unpack_from("<II", table, _DEPENDENT_LIBRARIES)
    for number in range(count):
        offset, size = struct.unpack_from("<II", table, at + number * 8)
        yield strings[offset:offset + size].decode("utf-8", "surrogateescape")


def _blob(block: Reader) -> bytes:
    for _ in items(block):
        start, size = block.blob
        return block.data[start:start + size]
    return b""
