"""An index with other paths for its modules: where bitcode lies on another machine.

A backend takes a module for the one of its index by the path, so both must say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ltogen.linker import index
from ltogen.linker.index import Module

_ALIGNED = 32  # bits


def renamed(data: bytes, name: Callable[[Module], str]) -> bytes | None:
    """The index with what `name` gives in the place of each path, in ASCII.

    None for one that was written in another way than LLVM does.
    """
    block = index.modules_block(data)
    if block is None:
        return None
    content = _Bits()
    content.add(block.head, block.head_bits)
    for module in block.modules:
        _write(content, module, name(module), block)
    content.add(0, index.ABBREVIATION_BITS)  # the end
    content.align()
    made = content.data()
    head = bytearray(data[:block.start - 4])
    length = int.from_bytes(head[8:12], "little") + (len(made) - (block.end - block.start)) // 4
    head[8:12] = length.to_bytes(4, "little")
    return b"".join((head, (len(made) // 4).to_bytes(4, "little"), made, data[block.end:]))


def _write(content: _Bits, module: Module, path: str, block: index.ModulesBlock) -> None:
    content.add(block.path_form, index.ABBREVIATION_BITS)
    content.add_number(module.number, index.NUMBER_BITS)
    content.add_number(len(path), index.LENGTH_BITS)
    for letter in path.encode("ascii"):
        content.add(letter, 8)
    if module.identity:
        content.add(block.hash_form, index.ABBREVIATION_BITS)
        content.add(int(module.identity, 16), index.HASH_BITS)


class _Bits:
    """Bits in the order in which a bitstream has them."""

    def __init__(self) -> None:
        self._value, self._length = 0, 0

    def add(self, value: int, width: int) -> None:
        """A number of so many bits."""
        self._value |= value << self._length
        self._length += width

    def add_number(self, value: int, width: int) -> None:
        """A number in groups of `width` bits, of which the highest says that there is more."""
        for group in _groups(value, width - 1):
            self.add(group, width)

    def align(self) -> None:
        """Fill up the last word."""
        self._length = -(-self._length // _ALIGNED) * _ALIGNED

    def data(self) -> bytes:
        """All of it, in whole bytes."""
        return self._value.to_bytes(self._length // 8, "little")


def _groups(value: int, width: int) -> Iterator[int]:
    while value >> width:
        yield value & (1 << width) - 1 | 1 << width
        value >>= width
    yield value
