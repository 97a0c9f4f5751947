"""The index that a thin link makes for one module: which modules it speaks of, and what is left.

An index is a module block with two blocks in it: the modules, each with its path and the hash of
its bitcode (MODULE_STRTAB_BLOCK of llvm/Bitcode/LLVMBitCodes.h), and the summaries, which call a
module by its number alone. So what does not depend on where bitcode lies, and in which version, can
be told from what does.

A thin link writes an index for each module, and each names all that its module imports from: the
records are read as numbers of some hundred bits, because a bit at a time takes ten times as long.
"""

from __future__ import annotations

import os

from ltogen.base import magic
from ltogen.linker import bitstream
from ltogen.linker.bitstream import Reader, items, top_level, unwrapped

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterator

_MODULE_BLOCK, _MODULES_BLOCK = 8, 19
_PATH, _HASH = 1, 2
# How every index begins, but for the length of its block; then come, at once, the version and the
# block of the modules, with its length behind it.
_START, _VERSION_AND_MODULES = bytes.fromhex("4243c0de210c0000"), bytes.fromhex("0b02211303000000")
_CONTENT = 24  # bytes; where the content of that block begins then
_DEFINE_ABBREVIATION, _FIRST_ABBREVIATION = 2, 4
NUMBER_BITS, LENGTH_BITS = 8, 6  # in a group of a module's number, and of the length of its path
HASH_BITS = 5 * 32
ABBREVIATION_BITS = 3
# An unabbreviated record (3, in 3 bits) with the code 17 and 5 operands, in 6 bits each.
_HASH_RECORD = 3 | 17 << 3 | 5 << 9
_CHAR6 = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"

_DAMAGED = (EOFError, IndexError, KeyError, ValueError, OverflowError)

# The form of a record: what it is, and of a path the bits of a letter.
_Form = tuple[int, int]
_FORMS = {
    ((0, _PATH), (2, NUMBER_BITS), (3, 0), (1, 8)): (_PATH, 8),
    ((0, _PATH), (2, NUMBER_BITS), (3, 0), (1, 7)): (_PATH, 7),
    ((0, _PATH), (2, NUMBER_BITS), (3, 0), (4, 0)): (_PATH, 6),
    ((0, _HASH), *(((1, 32),) * 5)): (_HASH, 0),
}


class Module:
    """One module that an index speaks of.

    `number` is what the summaries call it; `identity` its hash in hexadecimal digits, empty if its
    bitcode has none.
    """

    __slots__ = ("_letters", "_path", "_width", "identity", "number")

    def __init__(self, number: int, path: int, letters: int, width: int) -> None:
        self.number, self._path, self._letters, self._width = number, path, letters, width
        self.identity = ""

    @property
    def path(self) -> str:
        """The path of its bitcode."""
        mask = (1 << self._width) - 1
        codes = (self._path >> at * self._width & mask for at in range(self._letters))
        return os.fsdecode(bytes(_CHAR6[code] if self._width == 6 else code for code in codes))


class Index:
    """One index as it was read; `rest` is all of it but the paths and hashes of modules."""

    __slots__ = ("modules", "rest")

    def __init__(self, modules: tuple[Module, ...], rest: bytes) -> None:
        self.modules, self.rest = modules, rest


class ModulesBlock:
    """The block of the modules as it lies in an index: where its content begins and ends, in bytes.

    `head` are the first bits of it, which define how entries are written; `path_form` is the number
    of the form of a path in letters of eight bits, `hash_form` that of a hash.
    """

    __slots__ = ("end", "hash_form", "head", "head_bits", "modules", "path_form", "start")

    def __init__(self, data: bytes) -> None:
        self.start, self.end = _modules_block(data)
        self.modules = tuple(_modules(data, self.start, self.end))
        forms, _ = _abbreviations(data, self.start, self.end)
        self.head, self.head_bits = _Known.value, _Known.bits
        self.path_form = _FIRST_ABBREVIATION + forms.index((_PATH, 8))
        self.hash_form = _FIRST_ABBREVIATION + forms.index((_HASH, 0))


def modules_block(data: bytes) -> ModulesBlock | None:
    """The block of the modules; None if it is damaged, or written in another way than LLVM does."""
    try:
        return ModulesBlock(data)
    except _DAMAGED:
        return None


def read(data: bytes) -> Index | None:
    """Read an index; None if it is damaged, or written in another way than LLVM does."""
    try:
        start, end = _modules_block(data)
        modules = tuple(_modules(data, start, end))
    except _DAMAGED:
        return None
    return Index(modules, data[12:start - 4] + data[end:])


def _digits(value: int) -> str:
    return f"{value:040x}" if value else ""


def hash_of(bitcode: bytes) -> str:
    """The hash of the one module in a bitcode file, as indexes have it; empty if there is none.

    It is the last record of the module's block, behind a block: that is, at one of the last words.
    """
    ends = [start + size for number, start, size in top_level(unwrapped(bitcode))
            if number == _MODULE_BLOCK]
    if len(ends) != 1:
        return ""
    for words in range(5, 9):
        start = ends[0] - 4 * words
        value = _hash_record(int.from_bytes(unwrapped(bitcode)[start:ends[0]], "little"))
        if value:
            return _digits(value)
    return ""


def _hash_record(bits: int) -> int:
    """The hash, if the bits are its record and the end of its block; else 0."""
    if bits & (1 << 15) - 1 != _HASH_RECORD:
        return 0
    value, bits = 0, bits >> 15
    for place in range(5):
        word, used = bitstream.number(bits, LENGTH_BITS)
        value |= word << 32 * place
        bits >>= used
    return 0 if bits else value


def _modules_block(data: bytes) -> tuple[int, int]:
    """Where the content of the block of modules begins and ends, in bytes."""
    if data[:8] == _START and data[12:20] == _VERSION_AND_MODULES:
        end = _CONTENT + int.from_bytes(data[20:24], "little") * 4
        if end > len(data):
            raise EOFError
        return _CONTENT, end
    if not data.startswith(magic.BITCODE):
        raise EOFError
    for module in _blocks(Reader(data, 32, len(data) * 8, 2), _MODULE_BLOCK):
        for modules in _blocks(module, _MODULES_BLOCK):
            return modules.position >> 3, modules.end >> 3
    raise EOFError


def _blocks(block: Reader, number: int) -> Iterator[Reader]:
    return (item for item in items(block) if isinstance(item, Reader) and item.number == number)


def _modules(data: bytes, start: int, end: int) -> Iterator[Module]:
    """Raises KeyError or IndexError for a record of another form than those known."""
    forms, bits = _abbreviations(data, start, end)
    module = None
    while bits:
        form = bits & 7
        if not form:
            break
        kind, width = forms[form - _FIRST_ABBREVIATION]
        if kind == _PATH:
            if module:
                yield module
            module, bits = _entry(bits >> 3, width)
        elif module:
            module.identity = _digits(bits >> 3 & (1 << HASH_BITS) - 1)
            bits >>= 3 + HASH_BITS
    if module:
        yield module


def _entry(bits: int, width: int) -> tuple[Module, int]:
    """A module, and the bits behind its entry."""
    head = bits & (1 << 128) - 1  # (shifting all of them would take longer)
    number, used = bitstream.number(head, NUMBER_BITS)
    letters, more = bitstream.number(head >> used, LENGTH_BITS)
    bits >>= used + more
    if letters * width > bits.bit_length():
        raise EOFError
    path = bits & (1 << letters * width) - 1
    return Module(number, path, letters, width), bits >> letters * width


class _Known:
    """The abbreviations of the index that was read last: LLVM writes the same into each."""

    bits, value = 0, -1
    forms: tuple[_Form, ...] = ()


def _abbreviations(data: bytes, start: int, end: int) -> tuple[tuple[_Form, ...], int]:
    """The forms that a block defines, and its content behind them."""
    content = int.from_bytes(data[start:end], "little")
    if not _Known.bits or content & (1 << _Known.bits) - 1 != _Known.value:
        block = Reader(data, start * 8, end * 8, 3)
        forms = []
        while block.fixed(3) == _DEFINE_ABBREVIATION:
            forms.append(_FORMS[tuple(block.abbreviation())])
        _Known.bits = block.position - 3 - start * 8
        _Known.value = content & (1 << _Known.bits) - 1
        _Known.forms = tuple(forms)
    return _Known.forms, content >> _Known.bits
