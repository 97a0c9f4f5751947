"""C and C++ text without what is no code, for finding places in it."""

from __future__ import annotations

import re

# In the order in which a scanner would see them; what matches first at a place wins.
_NO_CODE = re.compile(
    r"""/\*.*?\*/ | //(?:\\\n|[^\n])*
      | R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
      | ^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*""", re.VERBOSE | re.DOTALL | re.MULTILINE)
# `'` between digits of C++ and C23.
_DIGITS = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")


def masked(text: str) -> str:
    """`text`, as long and with the same lines; comments, literals and directives are spaces."""
    text = _DIGITS.sub("_", text)
    return _NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def literals(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the texts of string literals between two offsets begin and end, quotes excluded."""
    return [(found.start() + 1, found.end() - 1) for found in _NO_CODE.finditer(text)
            if found.group()[0] == '"' and start <= found.start() and found.end() <= end]


def body(code: str, line: int) -> tuple[int, int] | None:
    """The offsets behind the first brace of a line (from 1) and at the one that closes it."""
    start = 0
    for _ in range(line - 1):
        start = code.find("\n", start) + 1
        if not start:
            return None
    opening = code.find("{", start, code.find("\n", start) + 1 or len(code))
    if opening < 0:
        return None
    depth = 0
    for found in re.finditer(r"[{}]", code[opening:]):
        depth += 1 if found.group() == "{" else -1
        if not depth:
            return opening + 1, opening + found.start()
    return None
