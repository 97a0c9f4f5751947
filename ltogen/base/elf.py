"""ELF objects, as far as to tell an empty one, and to find bitcode and what else lld looks for."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from mmap import mmap

_ALLOCATED = 2
_NOTE = 7
_DEPENDENT_LIBRARIES = 0x6FFF4C04  # SHT_LLVM_DEPENDENT_LIBRARIES
_LLVM_LTO = 0x6FFF4C0C  # SHT_LLVM_LTO of llvm/BinaryFormat/ELF.h


def has_content(data: bytes | mmap) -> bool:
    """Whether an object brings any byte of code or data, beyond notes, to a link.

    The linker writes its regular-LTO object even when no module is regular. Such an empty object
    must stay out: without the notes of the other objects it would cost the program its
    control-flow protection.
    """
    if data[:4] != b"\x7fELF":
        return len(data) > 0
    return any(attributes & _ALLOCATED and kind != _NOTE and length
               for kind, attributes, _, length in _sections(data))


def bitcode(data: bytes | mmap) -> bytes:
    """The bitcode in a fat LTO object; nothing if it has none, or the bytes are no object."""
    if data[:4] != b"\x7fELF":
        return b""
    try:
        return next((data[offset:offset + length] for kind, _, offset, length in _sections(data)
                     if kind == _LLVM_LTO), b"")
    except (struct.error, IndexError):
        return b""  # the linker says best what is wrong with it


def dependent_libraries(data: bytes | mmap) -> list[str]:
    """The libraries that an object asks the linker for, as `.deplibs` sections name them."""
    # (LLVM gives these sections no other name, and most objects have none.)
    if data[:4] != b"\x7fELF" or data.find(b".deplibs\0") < 0:
        return []
    try:
        return [os.fsdecode(name) for kind, _, offset, length in _sections(data)
                if kind == _DEPENDENT_LIBRARIES
                for name in data[offset:offset + length].split(b"\0") if name]
    except (struct.error, IndexError):
        return []


def _sections(data: bytes | mmap) -> Iterator[tuple[int, int, int, int]]:
    """Type, flags, offset and size of each section."""
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2
    table, size, count = _section_table(data, order, wide)
    layout = f"{order}IIQQQQ" if wide else f"{order}IIIIII"
    for index in range(count):
        _, kind, attributes, _, offset, length = struct.unpack_from(
            layout, data, table + index * size)
        yield kind, attributes, offset, length


def _section_table(data: bytes | mmap, order: str, wide: bool) -> tuple[int, int, int]:
    """Offset, entry size and number of the section headers."""
    offset = struct.unpack_from(order + ("Q" if wide else "I"), data, 40 if wide else 32)[0]
    size, count = struct.unpack_from(order + "HH", data, 58 if wide else 46)
    if not count and offset:
        # More sections than the header can count: the first entry, otherwise empty, says it.
        at = offset + (32 if wide else 20)
        count = struct.unpack_from(order + ("Q" if wide else "I"), data, at)[0]
    return offset, size, count
