"""Bitcode that says another LLVM wrote it."""

from __future__ import annotations

import re

_CHAR6 = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"
# The identification block is the first of the file and short.
_HEAD = 512


def with_major(data: bytes, major: int) -> bytes:
    """`data` with its producer, such as `LLVM22.1.8`, as one of LLVM `major` (two digits).

    The writer takes the narrowest encoding that holds every character of the name: six, seven or
    eight bits each. Characters follow each other without a gap, at any bit of the file.
    """
    bits = "".join(f"{byte:08b}"[::-1] for byte in data[:_HEAD])
    for width in (6, 7, 8):
        found = re.search(_encode("LLVM", width) + f"([01]{{{2 * width}}})", bits)
        if found:
            bits = bits[:found.start(1)] + _encode(str(major), width) + bits[found.end(1):]
            head = bytes(int(bits[at:at + 8][::-1], 2) for at in range(0, len(bits), 8))
            return head + data[_HEAD:]
    raise AssertionError("no producer in the identification block")


def _encode(text: str, width: int) -> str:
    values = (_CHAR6.index(char) if width == 6 else ord(char) for char in text)
    return "".join(f"{value:0{width}b}"[::-1] for value in values)
