"""LLVM bitcode, as far as a build must know it: who wrote it, and how it can be linked.

The container is described in LLVM's "Bitcode File Format"; block and record numbers are those of
llvm/Bitcode/LLVMBitCodes.h.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from ltogen.base import elf, magic

_IDENTIFICATION_BLOCK = 13
_MODULE_BLOCK = 8
_STRTAB_BLOCK = 23
_THIN_SUMMARY = 20
_SUMMARY_BLOCKS = (_THIN_SUMMARY, 24)  # per-module ThinLTO summary, regular LTO summary
_IDENTIFICATION_STRING = 1
_TRIPLE = 2
_MODULE_HASH = 17
_SUMMARY_FLAGS = 20
_SPLIT_UNIT = 8

_END_BLOCK, _ENTER_SUBBLOCK, _DEFINE_ABBREV, _UNABBREV_RECORD = range(4)
_FIXED, _VBR, _ARRAY, _CHAR6, _BLOB = range(1, 6)
_CHAR6_ALPHABET = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"


class BitcodeError(Exception):
    """The bytes are not what LLVM writes."""


class Bitcode(Struct, frozen=True):
    """What one bitcode file says of itself."""

    major: int  # LLVM's major version of the writer; 0 if it does not say
    summarised: bool  # it can go into a thin link as it is
    hashed: bool  # its content hash travels into the indexes
    target: str = ""  # the triple it is for
    thin: bool = False  # its summary is for a thin link, not for a merge
    embedded: bool = False  # in an object with native code
    split_lto_unit: bool = False  # made with -fsplit-lto-unit, as all modules of its link must be


def inspect(path: Path) -> Bitcode | None:
    """Read the outline of a bitcode file, or of the bitcode in an object; None if there is none.

    Raises BitcodeError for a truncated or damaged file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BitcodeError(f"cannot read: {error.strerror}") from None
    embedded = elf.bitcode(data)
    if embedded:
        return msgspec.structs.replace(outline(embedded), embedded=True)
    if not data.startswith(magic.BITCODE):
        if path.suffix == ".bc":
            raise BitcodeError("not LLVM bitcode; rebuild it, or rename it if it is an object")
        return None
    return outline(data)


def outline(data: bytes) -> Bitcode:
    """The outline of the bitcode `data`, in its wrapper or without.

    Raises BitcodeError for truncated or damaged bytes.
    """
    if data.startswith(magic.WRAPPED):
        offset, size = (int.from_bytes(data[at:at + 4], "little") for at in (8, 12))
        data = data[offset:offset + size]
    try:
        return _outline(data)
    except (EOFError, IndexError, ValueError, OverflowError):
        raise BitcodeError("truncated or damaged bitcode; rebuild it") from None


def _outline(data: bytes) -> Bitcode:
    major, target = 0, ""
    summarised = hashed = thin = split = False
    seen: set[int] = set()
    for block in _blocks(_Reader(data, 32, len(data) * 8, 2)):
        seen.add(block.number)
        if block.number == _IDENTIFICATION_BLOCK:
            major = _producer_major(block)
        elif block.number == _MODULE_BLOCK:
            children, records = _module_outline(block)
            summarised |= not children.keys().isdisjoint(_SUMMARY_BLOCKS)
            hashed |= _MODULE_HASH in records
            thin |= _THIN_SUMMARY in children
            target = target or _text(records.get(_TRIPLE, []))
            split |= _THIN_SUMMARY in children and _is_split(children[_THIN_SUMMARY])
    if not seen.issuperset((_MODULE_BLOCK, _STRTAB_BLOCK)):
        raise EOFError
    return Bitcode(major, summarised, hashed, target, thin, split_lto_unit=split)


def _producer_major(block: _Reader) -> int:
    for item in _items(block):
        if not isinstance(item, _Reader) and item[0] == _IDENTIFICATION_STRING:
            match = re.match(r"\D*(\d+)", _text(item[1:]))
            return int(match.group(1)) if match else 0
    return 0


def _text(values: list[int]) -> str:
    return bytes(value & 0xFF for value in values).decode("ascii", "replace")


def _module_outline(block: _Reader) -> tuple[dict[int, _Reader], dict[int, list[int]]]:
    """The blocks inside a module by their numbers, and its own records by theirs."""
    children: dict[int, _Reader] = {}
    records: dict[int, list[int]] = {}
    for item in _items(block):
        if isinstance(item, _Reader):
            children[item.number] = item
        else:
            records[item[0]] = item[1:]
    return children, records


def _is_split(summary: _Reader) -> bool:
    for item in _items(summary):
        if not isinstance(item, _Reader) and item[0] == _SUMMARY_FLAGS:
            return bool(item[1] & _SPLIT_UNIT)
    return False


def _blocks(stream: _Reader) -> Iterator[_Reader]:
    """The top-level blocks; anything else between them is damage, but for trailing padding."""
    while stream.position + 32 <= stream.end:
        if stream.fixed(2) != _ENTER_SUBBLOCK:
            return
        yield stream.enter()


def _items(block: _Reader) -> Iterator[_Reader | list[int]]:
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


class _Reader:
    """A bit cursor over one block of the stream."""

    def __init__(self, data: bytes, position: int, end: int, width: int, number: int = -1) -> None:
        if end > len(data) * 8:
            raise EOFError
        self.data, self.position, self.end = data, position, end
        self.width, self.number = width, number

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

    def enter(self) -> _Reader:
        """The sub-block that starts here; this reader goes on behind it."""
        number, width = self.vbr(8), self.vbr(4)
        self.align()
        start = self.position + 32
        end = start + self.fixed(32) * 32
        if end > self.end:
            raise EOFError
        self.position = end
        return _Reader(self.data, start, end, width, number)

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
        self.position += length * 8
        self.align()
