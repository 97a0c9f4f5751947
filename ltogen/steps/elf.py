"""ELF objects, as far as to tell an empty one."""

from __future__ import annotations

import struct

_ALLOCATED = 2
_NOTE = 7


def has_content(data: bytes) -> bool:
    """Whether an object brings any byte of code or data, beyond notes, to a link.

    The linker writes its regular-LTO object even when no module is regular. Such an empty object
    must stay out: without the notes of the other objects it would cost the program its
    control-flow protection.
    """
    if data[:4] != b"\x7fELF":
        return bool(data)
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2
    table, size, count = _section_table(data, order, wide)
    layout = f"{order}IIQQQQ" if wide else f"{order}IIIIII"
    for index in range(count):
        _, kind, attributes, _, _, length = struct.unpack_from(layout, data, table + index * size)
        if attributes & _ALLOCATED and kind != _NOTE and length:
            return True
    return False


def _section_table(data: bytes, order: str, wide: bool) -> tuple[int, int, int]:
    """Offset, entry size and number of the section headers."""
    offset = struct.unpack_from(order + ("Q" if wide else "I"), data, 40 if wide else 32)[0]
    size, count = struct.unpack_from(order + "HH", data, 58 if wide else 46)
    if not count and offset:
        # More sections than the header can count: the first entry, otherwise empty, says it.
        at = offset + (32 if wide else 20)
        count = struct.unpack_from(order + ("Q" if wide else "I"), data, at)[0]
    return offset, size, count
