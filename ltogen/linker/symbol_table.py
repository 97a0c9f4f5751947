"""The symbols of bitcode, as its symbol table has them for a linker.

The table is described in llvm/Object/IRSymtab.h; clang and LLVM's tools always write it.
"""

from __future__ import annotations

from ltogen.linker.bitstream import top_level, unwrapped

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

_STRTAB_BLOCK, _SYMTAB_BLOCK = 23, 25
_VERSION = 3
# What a block of one blob begins with: the abbreviation of its record, and the record's number.
_BLOB = 0x940312
# Bytes from the start of the table: place and number of symbols; place and length of a name.
_SYMBOLS, _SOURCE = 28, 52
_SYMBOL = 24  # bytes
_FLAGS = 20  # bytes from the start of a symbol
# Flags of a symbol; the first two bits are its visibility.
_VISIBILITY, UNDEFINED, WEAK, COMMON, _GLOBAL, _FORMAT_SPECIFIC = 3, 8, 16, 32, 1 << 10, 1 << 11
_ELF_VISIBILITY = (0, 2, 3, 0)  # default, hidden, protected
# The low bytes of flags of symbols that are visible, and no weak references.
_PLAIN = bytes(byte for byte in range(256)
               if not byte & _VISIBILITY and byte & (UNDEFINED | WEAK) != UNDEFINED | WEAK)


class SymbolTable:
    """The symbol table of one bitcode file; empty if there is none that is understood."""

    __slots__ = ("_symbols", "names", "source")

    def __init__(self, data: bytes | mmap) -> None:
        parts = _parts(unwrapped(data))
        table = parts.get(_SYMTAB_BLOCK, b"")
        self.names = parts.get(_STRTAB_BLOCK, b"")  # all of them, without anything between
        known = int.from_bytes(table[:4], "little") == _VERSION
        at, count, name, length = (int.from_bytes(table[place:place + 4], "little") for place in (
            _SYMBOLS, _SYMBOLS + 4, _SOURCE, _SOURCE + 4))
        self._symbols = table[at:at + count * _SYMBOL] if known else b""
        self.source = bytes(self.names[name:name + length]) if known else b""  # as compiled

    def all_plain(self) -> bool:
        """Whether no symbol has a visibility of its own, or is a weak reference."""
        return not self._symbols[_FLAGS::_SYMBOL].translate(None, _PLAIN)

    def symbols(self) -> Iterator[tuple[bytes, int, int]]:
        """Name, visibility as ELF has it, and flags of each symbol that a linker sees."""
        words = memoryview(self._symbols).cast("I")
        for at in range(0, len(words), _SYMBOL // 4):
            flags = words[at + 5]
            if flags & (_GLOBAL | _FORMAT_SPECIFIC) == _GLOBAL:
                start = words[at]
                yield (self.names[start:start + words[at + 1]],
                       _ELF_VISIBILITY[flags & _VISIBILITY], flags)


def _parts(data: bytes | mmap) -> dict[int, bytes]:
    """The content of the blocks that are one blob, by the number of the block."""
    return {number: _blob(data, start) for number, start, _ in top_level(data)
            if number in (_STRTAB_BLOCK, _SYMTAB_BLOCK)}


def _blob(data: bytes | mmap, at: int) -> bytes:
    head = int.from_bytes(data[at:at + 12], "little")
    if head & 0xFFFFFF != _BLOB:
        return b""
    # The length, in groups of six bits; the blob begins at the next word.
    length, used, shift = 0, 24, 0
    while True:
        group = head >> used & 63
        length |= (group & 31) << shift
        used, shift = used + 6, shift + 5
        if not group & 32 or used > 72:
            break
    start = at + (used + 31) // 32 * 4
    return data[start:start + length]
