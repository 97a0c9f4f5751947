"""LLVM bitcode, as far as a build must know it: who wrote it, and how it can be linked.

The container is described in LLVM's "Bitcode File Format"; block and record numbers are those of
llvm/Bitcode/LLVMBitCodes.h.
"""

from __future__ import annotations

import re
from mmap import mmap
from pathlib import Path

import msgspec
from msgspec import Struct

from ltogen.base import elf, magic
from ltogen.linker.bitstream import Reader, blocks, items, unwrapped

_IDENTIFICATION_BLOCK = 13
_MODULE_BLOCK = 8
_STRTAB_BLOCK = 23
_THIN_SUMMARY = 20
_SUMMARY_BLOCKS = (_THIN_SUMMARY, 24)  # per-module ThinLTO summary, regular LTO summary
_IDENTIFICATION_STRING = 1
_TRIPLE = 2
_SUMMARY_FLAGS = 20
_SPLIT_UNIT = 8


class BitcodeError(Exception):
    """The bytes are not what LLVM writes."""


class Bitcode(Struct, frozen=True):
    """What one bitcode file says of itself."""

    major: int  # LLVM's major version of the writer; 0 if it does not say
    summarised: bool  # it can go into a thin link as it is
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
    try:
        return _outline(unwrapped(data))
    except (EOFError, IndexError, ValueError, OverflowError):
        raise BitcodeError("truncated or damaged bitcode; rebuild it") from None


def _outline(data: bytes | mmap) -> Bitcode:
    major, target = 0, ""
    summarised = thin = split = False
    seen: set[int] = set()
    for block in blocks(Reader(data, 32, len(data) * 8, 2)):
        seen.add(block.number)
        if block.number == _IDENTIFICATION_BLOCK:
            major = _producer_major(block)
        elif block.number == _MODULE_BLOCK:
            children, records = _module_outline(block)
            summarised |= not children.keys().isdisjoint(_SUMMARY_BLOCKS)
            thin |= _THIN_SUMMARY in children
            target = target or _text(records.get(_TRIPLE, []))
            split |= _THIN_SUMMARY in children and _is_split(children[_THIN_SUMMARY])
    if not seen.issuperset((_MODULE_BLOCK, _STRTAB_BLOCK)):
        raise EOFError
    return Bitcode(major, summarised, target, thin, split_lto_unit=split)


def _producer_major(block: Reader) -> int:
    for item in items(block):
        if not isinstance(item, Reader) and item[0] == _IDENTIFICATION_STRING:
            match = re.match(r"\D*(\d+)", _text(item[1:]))
            return int(match.group(1)) if match else 0
    return 0


def _text(values: list[int]) -> str:
    return bytes(value & 0xFF for value in values).decode("ascii", "replace")


def _module_outline(block: Reader) -> tuple[dict[int, Reader], dict[int, list[int]]]:
    """The blocks inside a module by their numbers, and its own records by theirs."""
    children: dict[int, Reader] = {}
    records: dict[int, list[int]] = {}
    for item in items(block):
        if isinstance(item, Reader):
            children[item.number] = item
        else:
            records[item[0]] = item[1:]
    return children, records


def _is_split(summary: Reader) -> bool:
    for item in items(summary):
        if not isinstance(item, Reader) and item[0] == _SUMMARY_FLAGS:
            return bool(item[1] & _SPLIT_UNIT)
    return False
