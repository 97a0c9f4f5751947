"""LLVM's bitstream container: blocks, abbreviations and records.

Described in LLVM's "Bitcode File Format".
"""

from __future__ import annotations

from ltogen.base import magic

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

_END_BLOCK, _ENTER_SUBBLOCK, _DEFINE_ABBREV, _UNABBREV_RECORD = range(4)
_FIXED, _VBR, _ARRAY, _CHAR6, _BLOB = range(1, 6)
_CHAR6_ALPHABET = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"


def unwrapped(data: bytes | mmap) -> bytes | mmap:
    """Bitcode without the header that says where it lies, if it has that."""
    if data[:4] != magic.WRAPPED:
        return data
    offset, size = (int.from_bytes(data[at:at + 4], "little") for at in (8, 12))
    return data[offset:offset + size]


def blocks(stream: Reader) -> Iterator[Reader]:
    """The top-level blocks; anything else between them is damage, but for trailing padding."""
    while stream.position + 32 <= stream.end:
        if stream.fixed(2) != _ENTER_SUBBLOCK:
            return
        yield stream.enter()


def top_level(data: bytes | mmap) -> Iterator[tuple[int, int, int]]:
    """The top-level blocks, unread: the number of each, where its content begins, and its size.

    Both in bytes. `blocks` reads a bit at a time; a link may have ten thousand modules.
    """
    at = 4
    while at + 8 <= len(data):
        head = int.from_bytes(data[at:at + 4], "little")
        if head & 3 != _ENTER_SUBBLOCK:  # what is behind the last is padding
            return
        size = int.from_bytes(data[at + 4:at + 8], "little") * 4
        yield head >> 2 & 0xFF, at + 8, size
        at += 8 + size


def number(bits: int, width: int) -> tuple[int, int]:
    """The number in groups of `width` bits that `bits` begin with, and how many bits it takes."""
    value = used = shift = 0
    high = 1 << width - 1
    while True:
        group = bits >> used & (high << 1) - 1
        value |= (group & high - 1) << shift
        used, shift = used + width, shift + width - 1
        if not group & high:
            return value, used


def items(block: Reader) -> Iterator[Reader | list[int]]:
    """The records of a block, each with its code first, and its sub-blocks unread."""
    abbreviations: list[list[tuple[int, int]]] = []
    while True:
        identity = block.fixed(block.width)
        if identity == _END_BLOCK:
            return
        if identity == _ENTER_SUBBLOCK:
            yield block.enter()
        elif identity == _DEFINE_ABBREV:
            abbreviations.append(block.abbreviation())
        elif identity == _UNABBREV_RECORD:
            code = block.vbr(6)
            yield [code, *(block.vbr(6) for _ in range(block.vbr(6)))]
        else:
            yield block.record(abbreviations[identity - 4])


class Reader:
    """A bit cursor over one block of the stream."""

    def __init__(self, data: bytes | mmap, position: int, end: int, width: int,
                 number: int = -1) -> None:
        if end > len(data) * 8:
            raise EOFError
        self.data, self.position, self.end = data, position, end
        self.width, self.number = width, number
        self.blob = (0, 0)  # where the last one lies, and its size

    def fixed(self, width: int) -> int:
        """The next `width` bits as a number."""
        start, self.position = self.position, self.position + width
        if self.position > self.end:
            raise EOFError
        chunk = self.data[start >> 3:(self.position + 7) >> 3]
        return int.from_bytes(chunk, "little") >> (start & 7) & ((1 << width) - 1)

    def vbr(self, width: int) -> int:
        """The next number of variable width, in groups of `width` bits."""
        value = shift = 0
        high = 1 << (width - 1)
        while True:
            group = self.fixed(width)
            value |= (group & (high - 1)) << shift
            if not group & high:
                return value
            shift += width - 1

    def align(self) -> None:
        """Skip to the next 32-bit boundary."""
        self.position = (self.position + 31) & ~31

    def enter(self) -> Reader:
        """The sub-block that starts here; this reader goes on behind it."""
        number, width = self.vbr(8), self.vbr(4)
        self.align()
        start = self.position + 32
        end = start + self.fixed(32) * 32
        if end > self.end:
            raise EOFError
        self.position = end
        return Reader(self.data, start, end, width, number)

    def abbreviation(self) -> list[tuple[int, int]]:
        """A definition: pairs of encoding and its value; encoding 0 is a literal."""
        operands: list[tuple[int, int]] = []
        for _ in range(self.vbr(5)):
            if self.fixed(1):
                operands.append((0, self.vbr(8)))
                continue
            encoding = self.fixed(3)
            operands.append((encoding, self.vbr(5) if encoding in (_FIXED, _VBR) else 0))
        return operands

    def record(self, operands: list[tuple[int, int]]) -> list[int]:
        """One record in the form that `operands` define."""
        values: list[int] = []
        for index, (encoding, value) in enumerate(operands):
            if encoding == _ARRAY:
                if operands[index + 1] == (_FIXED, 0):
                    raise EOFError  # elements without a bit: no end of the file would end them
                values += [self._scalar(*operands[index + 1]) for _ in range(self.vbr(6))]
                break
            if encoding == _BLOB:
                self._skip_blob()
                values.append(0)
            else:
                values.append(self._scalar(encoding, value))
        return values

    def _scalar(self, encoding: int, value: int) -> int:
        if encoding == 0:
            return value
        if encoding == _CHAR6:
            return _CHAR6_ALPHABET[self.fixed(6)]
        return self.fixed(value) if encoding == _FIXED else self.vbr(value)

    def _skip_blob(self) -> None:
        length = self.vbr(6)
        self.align()
        self.blob = self.position >> 3, length
        self.position += length * 8
        self.align()
