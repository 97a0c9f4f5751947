"""Compiler drivers by the names that programs have."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CLANG = re.compile(r"(?:[\w.+]+-)*clang(?:\+\+|-cpp)?(?:-[\d.]+)?\Z")
_COMPILER = re.compile(r"(?:[\w.+]+-)*(?:clang|clang\+\+|gcc|g\+\+|cc|c\+\+|c89|c99)(?:-[\d.]+)?\Z")


def is_clang(program: str) -> bool:
    """Whether a program of this name is clang."""
    return _CLANG.match(program[program.rfind("/") + 1:]) is not None


def find(words: Sequence[str]) -> tuple[int, int]:
    """The start and end of a driver's own words in a command; (0, 0) if it has no driver.

    The embedded toolchain's driver is two words, or four with `python -m`.
    """
    for start, word in enumerate(words):
        name = word[word.rfind("/") + 1:]
        if name in ("zig", "ziglang") and words[start + 1:start + 2] in (("cc",), ("c++",)):
            # `python -m ziglang cc` is one driver.
            return (start - 2 if words[max(start - 1, 0)] == "-m" else start), start + 2
        if _COMPILER.match(name):
            return start, start + 1
    return 0, 0
