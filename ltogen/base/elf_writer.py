"""Writes an ELF object that has symbols and no code."""

from __future__ import annotations

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ltogen.base.elf import Symbol

GLOBAL, WEAK = 1, 2  # bindings
ABSOLUTE = 0xFFF1  # section
_STRINGS, _SYMBOLS, _NOTE, _ADDRESS_TAKEN = 3, 2, 7, 0x6FFF4C03
_ALLOCATED, _EXCLUDED = 2, 0x80000000
# x86: all that a program can have; 64 bits and 32.
_X86 = {3: 4, 62: 8}


def of_symbols(like: bytes, note: bytes, symbols: Iterable[Symbol]) -> bytes:
    """An object that refers to symbols, or defines them as absolute.

    It is for the machine of the object `like`, and says of itself what its own `note` of properties
    says: the linker keeps what all objects have. It takes no address, so that identical code can be
    folded.
    """
    wide, order = like[4] == 2, "little" if like[5] == 1 else "big"

    def number(value: int, size: int) -> bytes:
        return value.to_bytes(size, order)  # type: ignore[arg-type]

    names = b"\0.strtab\0.symtab\0.note.gnu.property\0.llvm_addrsig\0"
    table = bytes(24 if wide else 16)
    for name, binding, visibility, section in symbols:
        table += _symbol(number, wide, len(names), bytes((binding << 4, visibility)), section)
        names += name + b"\0"
    align = 8 if wide else 4
    # Name, type, flags, content, link, info, alignment and size of an entry.
    sections = [
        (0, 0, 0, b"", 0, 0, 0, 0),
        (1, _STRINGS, 0, names, 0, 0, 1, 0),
        (9, _SYMBOLS, 0, table, 1, 1, align, 24 if wide else 16),
        (36, _ADDRESS_TAKEN, _EXCLUDED, b"", 2, 0, 1, 0),
        *([(17, _NOTE, _ALLOCATED, note, 0, 0, align, 0)] if note else []),
    ]
    return _object(like, number, wide, sections)


def all_properties(like: bytes) -> bytes:
    """A note of every property that a linker could ask for, on x86; nothing elsewhere."""
    align = _X86.get(int.from_bytes(like[18:20], "little"), 0)
    if not align:
        return b""
    said = b"\2\0\0\xc0\4\0\0\0\xff\xff\xff\xff".ljust(align * 2 if align == 8 else 12, b"\0")
    return (b"\4\0\0\0" + len(said).to_bytes(4, "little") + b"\5\0\0\0GNU\0" + said)


def _symbol(number: Callable[[int, int], bytes], wide: bool, name: int, info: bytes,
            section: int) -> bytes:
    if wide:
        return number(name, 4) + info + number(section, 2) + bytes(16)
    return number(name, 4) + bytes(8) + info + number(section, 2)


def _object(like: bytes, number: Callable[[int, int], bytes], wide: bool,
            sections: list[tuple[int, int, int, bytes, int, int, int, int]]) -> bytes:
    word, size = (8, 64) if wide else (4, 40)
    start = 64 if wide else 52
    content, headers = b"", b""
    for name, kind, attributes, data, link, info, align, entry in sections:
        content += bytes(-len(content) % 8)
        headers += (number(name, 4) + number(kind, 4) + number(attributes, word) + number(0, word)
                    + number(start + len(content), word) + number(len(data), word)
                    + number(link, 4) + number(info, 4) + number(align, word) + number(entry, word))
        content += data
    content += bytes(-len(content) % 8)
    # Type, entry point and program headers: none; flags of the machine are as there.
    flags = like[48:52] if wide else like[36:40]
    head = (like[:16] + number(1, 2) + like[18:20] + number(1, 4) + number(0, word * 2)
            + number(start + len(content), word) + flags
            + number(start, 2) + number(0, 2) * 2 + number(size, 2) + number(len(sections), 2)
            + number(1, 2))
    return head + content + headers
