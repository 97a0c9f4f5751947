"""What the index of a ThinLTO backend takes from which module.

A distributed index (`X.thinlto.bc`) lists its own module and those it imports from, and the
summaries of what it takes of each. A backend imports the definitions whose summaries are there,
except those that are marked to stay declarations. Numbers are those of LLVMBitCodes.h.
"""

from __future__ import annotations

import os

from ltogen.linker import bitstream
from ltogen.linker import index as linker_index
from ltogen.linker.bitstream import Reader, items
from ltogen.linker.index import Index

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from mmap import mmap

_MODULE_BLOCK, _SUMMARY_BLOCK = 8, 20
_COMBINED, _COMBINED_PROFILE, _COMBINED_VARIABLE, _COMBINED_ALIAS = 4, 5, 6, 8
_SUMMARIES = (_COMBINED, _COMBINED_PROFILE, _COMBINED_VARIABLE, _COMBINED_ALIAS)
_VERSION, _VALUE_GUID = 10, 16
_VERSIONS = range(9, 13)  # whose summaries have the module and the flags where they are looked for
_DECLARATION = 1 << 10  # a flag
_END_BLOCK, _ENTER_SUBBLOCK, _DEFINE_ABBREV, _UNABBREV_RECORD = range(4)
_FIXED, _VBR, _ARRAY = 1, 2, 3
_WINDOW, _LONGEST = 256, 96  # bits
_CONTINUED = bytes(range(0x80, 0x100))


class Taken:
    """What an index takes of one module, by GUID."""

    __slots__ = ("declarations", "definitions")

    def __init__(self) -> None:
        self.definitions: set[int] = set()
        self.declarations: set[int] = set()


def taken(index: bytes) -> dict[bytes, Taken] | None:
    """What an index takes, by the modules' paths as it spells them, its own module among them.

    None for an index of a version that this reader does not know, or that is damaged.
    """
    try:
        read = linker_index.read(index)
        return _taken(read, _records(index)) if read else None
    except (EOFError, IndexError, KeyError, ValueError, OverflowError):
        return None


def _taken(read: Index, records: list[list[int]]) -> dict[bytes, Taken] | None:
    found = {module.number: Taken() for module in read.modules}
    guids: dict[int, int] = {}
    known = False
    for record in records:
        if record[0] == _VALUE_GUID:
            guids[record[1]] = record[2] << 32 | record[3]
        elif record[0] == _VERSION:
            known = record[1] in _VERSIONS
        elif record[0] in _SUMMARIES:
            one = found[record[2]]
            (one.declarations if record[3] & _DECLARATION else one.definitions).add(
                guids[record[1]])
    return {os.fsencode(module.path): found[module.number]
            for module in read.modules} if known else None


def _records(data: bytes | mmap) -> list[list[int]]:
    """The summary's records without their arrays."""
    return [record for block in bitstream.blocks(Reader(data, 32, len(data) * 8, 2))
            if block.number == _MODULE_BLOCK
            for item in items(block) if isinstance(item, Reader) and item.number == _SUMMARY_BLOCK
            for record in _Beginnings(item).records()]


class _Beginnings:
    """The records of a block without their arrays, which are most of an index."""

    def __init__(self, block: Reader) -> None:
        self._block = block
        self._abbreviations: list[list[tuple[int, int]]] = []

    def records(self) -> list[list[int]]:
        """All of them, each with its code first."""
        block, found = self._block, []
        width, abbreviations = block.width, self._abbreviations
        while True:
            identity = block.fixed(width)
            if identity == _UNABBREV_RECORD:
                code = block.vbr(6)
                found.append([code, *(block.vbr(6) for _ in range(block.vbr(6)))])
            elif identity > _UNABBREV_RECORD:
                found.append(self._record(abbreviations[identity - 4]))
            elif identity == _DEFINE_ABBREV:
                abbreviations.append(block.abbreviation())
            elif identity == _ENTER_SUBBLOCK:
                block.enter()
            else:
                return found

    def _record(self, operands: list[tuple[int, int]]) -> list[int]:
        block = self._block
        values: list[int] = []
        window = taken = 0  # the next bits as a number, and how many of them were taken
        left = 0
        for index, (encoding, value) in enumerate(operands):
            if left < _LONGEST:
                block.position += taken
                window, taken, left = self._window(), 0, _WINDOW
            if not encoding:
                values.append(value)
            elif encoding == _ARRAY:
                block.position += taken
                self._skip(block.vbr(6), operands[index + 1])
                return values
            else:
                number, width = (bitstream.number(window, value) if encoding == _VBR
                                 else (window & (1 << value) - 1, value))
                values.append(number)
                window >>= width
                taken += width
                left -= width
        block.position += taken
        return values

    def _window(self) -> int:
        position = self._block.position
        start = position >> 3
        return int.from_bytes(self._block.data[start:start + _WINDOW // 8 + 1],
                              "little") >> (position & 7)

    def _skip(self, count: int, element: tuple[int, int]) -> None:
        """Skip an array."""
        block = self._block
        encoding, width = element
        if encoding == _FIXED:
            block.position += count * width
        elif element == (_VBR, 8):
            block.position += 8 * self._bytes_of(count)
        else:
            for _ in range(count):
                block.vbr(width)

    def _bytes_of(self, count: int) -> int:
        """How many bytes so many numbers take that begin here, in groups of eight bits."""
        block, size = self._block, count
        start, shift = block.position >> 3, block.position & 7
        while True:
            piece = block.data[start:start + size + 1]
            number = int.from_bytes(piece, "little") >> shift
            ended = len(number.to_bytes(len(piece), "little")[:size].translate(None, _CONTINUED))
            if ended == count:
                return size
            if start + size > len(block.data):
                raise EOFError
            size += count - ended
