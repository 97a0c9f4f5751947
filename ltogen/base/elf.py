"""ELF objects: whether one is empty, its symbols, bitcode, and what else lld looks for."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from mmap import mmap
    from typing import Literal

_HEADER, _WIDE_HEADER = 52, 64  # bytes of the file's header
_ALLOCATED = 2
_MANY = 0xFFFF  # in the header: the number does not fit
_STRINGS = 0x20
_SYMBOL_TABLE = 2
_NOTE = 7
_DEPENDENT_LIBRARIES = 0x6FFF4C04  # SHT_LLVM_DEPENDENT_LIBRARIES
_LLVM_LTO = 0x6FFF4C0C  # SHT_LLVM_LTO of llvm/BinaryFormat/ELF.h
GLOBAL, WEAK = 1, 2  # bindings
UNDEFINED = 0  # section
COMMON = 0xFFF2  # in the place of a section
# Name, binding, visibility, and the index of its section or what there is in its place.
Symbol = tuple[bytes, int, int, int]


def has_content(data: bytes | mmap) -> bool:
    """Whether an object brings anything to a link, beyond notes: code, data, or a symbol.

    Common and absolute symbols have no section.
    """
    if data[:4] != b"\x7fELF":
        return len(data) > 0
    try:
        return any(attributes & _ALLOCATED and kind != _NOTE and length
                   for kind, attributes, _, length in _sections(data)) or any(
            section != UNDEFINED for *_, section in symbols(data))
    except (ValueError, IndexError):
        return True  # the linker says best what is wrong with it


def has_text(data: bytes | mmap) -> bool:
    """Whether an object has any string that no program reads, such as the name of its compiler."""
    return data[:4] == b"\x7fELF" and any(attributes & _STRINGS and length
                                          for _, attributes, _, length in _sections(data))


def symbols(data: bytes | mmap) -> Iterator[Symbol]:
    """The symbols of an object that are not local.

    Raises ValueError or IndexError for a damaged object.
    """
    wide = data[4] == 2
    number = _reader(data)
    table, size, _ = _section_table(number, wide)
    for at, (kind, _, offset, length) in enumerate(_sections(data)):
        if kind == _SYMBOL_TABLE:
            # Behind name, type, flags, address, offset and size: the section of the names, and
            # the number of local symbols.
            link = table + at * size + (40 if wide else 24)
            names = table + number(link, 4) * size + (24 if wide else 16)
            strings = number(names, 8 if wide else 4)
            first = offset + number(link + 4, 4) * (24 if wide else 16)
            yield from _symbols(data, number, range(first, offset + length, 24 if wide else 16),
                                strings)


def _symbols(data: bytes | mmap, number: Callable[[int, int], int], places: range,
             strings: int) -> Iterator[Symbol]:
    """The symbols at some places; the name is first in each."""
    info, section = (4, 6) if places.step == 24 else (12, 14)
    for at in places:
        start = strings + number(at, 4)
        yield (data[start:data.find(b"\0", start)], data[at + info] >> 4, data[at + info + 1] & 3,
               number(at + section, 2))


def property_note(data: bytes | mmap) -> bytes:
    """What an object says of its control-flow protection: its section `.note.gnu.property`."""
    return next((data[offset:offset + length] for kind, _, offset, length in _sections(data)
                 if kind == _NOTE and data[offset + 12:offset + 16] == b"GNU\0"
                 and 5 in data[offset + 8:offset + 12]), b"")


def bitcode(data: bytes | mmap) -> bytes:
    """The bitcode in a fat LTO object; nothing if it has none, or the bytes are no object."""
    if data[:4] != b"\x7fELF":
        return b""
    try:
        return next((data[offset:offset + length] for kind, _, offset, length in _sections(data)
                     if kind == _LLVM_LTO), b"")
    except ValueError:
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
    except ValueError:
        return []


def loaded_sections(data: bytes | mmap) -> Iterator[bytes]:
    """The names of the sections that a program has in memory, but for empty ones.

    Raises ValueError for a damaged object.
    """
    wide, number = data[4] == 2, _reader(data)
    table, size, _ = _section_table(number, wide)
    of_names = number(62 if wide else 50, 2)
    if of_names == _MANY:
        of_names = number(table + (40 if wide else 24), 4)
    strings = number(table + of_names * size + (24 if wide else 16), 8 if wide else 4)
    for at, (_, attributes, _, length) in enumerate(_sections(data)):
        if attributes & _ALLOCATED and length:
            start = strings + number(table + at * size, 4)
            yield data[start:data.find(b"\0", start)]


def _sections(data: bytes | mmap) -> Iterator[tuple[int, int, int, int]]:
    """Type, flags, offset and size of each section.

    Raises ValueError for a truncated object, or one whose section headers are too short.
    """
    wide = data[4:5] == b"\2"
    word = 8 if wide else 4
    if len(data) < (_WIDE_HEADER if wide else _HEADER):
        raise ValueError("truncated object")
    number = _reader(data)
    table, size, count = _section_table(number, wide)
    if count and (size < 8 + 4 * word or table + count * size > len(data)):
        raise ValueError("truncated object")
    for at in range(table, table + count * size, size):
        # Behind name and type: flags, address, offset, size.
        yield (number(at + 4, 4), number(at + 8, word), number(at + 8 + 2 * word, word),
               number(at + 8 + 3 * word, word))


def _reader(data: bytes | mmap) -> Callable[[int, int], int]:
    order: Literal["little", "big"] = "little" if data[5] == 1 else "big"
    # (`struct` takes long to import for a step.)
    return lambda at, size: int.from_bytes(data[at:at + size], order)


def _section_table(number: Callable[[int, int], int], wide: bool) -> tuple[int, int, int]:
    """Offset, entry size and number of the section headers."""
    offset = number(40, 8) if wide else number(32, 4)
    size, count = (number(58, 2), number(60, 2)) if wide else (number(46, 2), number(48, 2))
    if not count and offset:
        # More sections than the header can count: the first entry, otherwise empty, says it.
        count = number(offset + 32, 8) if wide else number(offset + 20, 4)
    return offset, size, count
