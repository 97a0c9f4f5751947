"""The sizes of an ELF file's sections."""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER, _SECTION = struct.Struct("<40xQ10xHHH"), struct.Struct("<II16xQQ24x")


def sizes(path: Path) -> dict[str, int]:
    """Bytes in the file by name, of a 64-bit little-endian ELF file."""
    data = path.read_bytes()
    offset, size, count, names = _HEADER.unpack_from(data)
    sections = [_SECTION.unpack_from(data, offset + index * size) for index in range(count)]
    texts = sections[names][2]
    return {data[texts + name:data.index(b"\0", texts + name)].decode(): length
            for name, _, _, length in sections}
