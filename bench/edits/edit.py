"""One edit of one file, and the kinds that there are."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from bench.edits import masked
from bench.edits.functions import Function

# Bytes that are no UTF-8 pass through as they are.
_ENCODING = "latin-1"
_NUMBER = re.compile(r"(?<![\w.'])\d+(?![\w.'])")


class Edit(msgspec.Struct, frozen=True):
    """What a file said before and says after; `path` as it really is."""

    kind: str
    path: str
    symbol: str
    before: str
    after: str

    def apply(self) -> None:
        """Write the file as it is after the edit."""
        write(self.path, self.after)

    def undo(self) -> None:
        """Write the file as it was."""
        write(self.path, self.before)


def read(path: str) -> str:
    """The text of a source, whatever its encoding."""
    return Path(path).read_bytes().decode(_ENCODING)


def write(path: str, text: str) -> None:
    """The text of `read`, perhaps edited."""
    Path(path).write_bytes(text.encode(_ENCODING))


Place = Callable[[str, Function, random.Random, int], str | None]


def statement(text: str, function: Function, _: random.Random, number: int) -> str | None:
    """A statement at the head of the function's body that writes and reads a volatile."""
    where = masked.body(masked.masked(text), function.brace)
    # `volatile` in a constant expression is an error.
    if where is None or "constexpr" in text[:where[0]].rpartition("}")[2]:
        return None
    added = f" {{ volatile int edit_ = {number}; (void)edit_; }}"
    return text[:where[0]] + added + text[where[0]:]


def constant(text: str, function: Function, chance: random.Random, number: int) -> str | None:
    """Another value for one of the whole numbers in the function's body."""
    code = masked.masked(text)
    where = masked.body(code, function.brace)
    found = list(_NUMBER.finditer(code, *where)) if where else []
    if not found:
        return None
    one = chance.choice(found)
    return text[:one.start()] + str(int(one.group())
                                    + 1 + number % 7) + text[one.end():]


def literal(text: str, function: Function, chance: random.Random, number: int) -> str | None:
    """Another text in one of the string literals of a static function."""
    where = masked.body(masked.masked(text), function.brace) if function.local else None
    found = [place for place in masked.literals(text, *where) if place[1] > place[0]] if where \
        else []
    if not found:
        return None
    start, _ = chance.choice(found)
    return f"{text[:start]}{number} {text[start:]}"


def comment(text: str, function: Function, _: random.Random, number: int) -> str | None:
    """A line of comment above the function, which moves it and all that follows."""
    lines = text.split("\n")
    at = function.line - 1
    if at and lines[at - 1].rstrip().endswith("\\"):
        return None
    return "\n".join([*lines[:at], f"/* edit {number} */", *lines[at:]])


def unused(text: str, _: Function, chance: random.Random, number: int) -> str | None:
    """One more function at the end of the file, which nobody calls."""
    name = f"edit_unused_{number}_{chance.randrange(1 << 30)}"
    return f"{text}\nint {name}(int value);\nint {name}(int value) {{ return value * {number}; }}\n"


def reference(text: str, function: Function, chance: random.Random, number: int) -> str | None:
    """The address of another function of the file is taken, if it is declared there."""
    where = masked.body(masked.masked(text), function.brace)
    names = re.findall(r"\b([A-Za-z_]\w+)\s*\([^;{}]*\)\s*\{", masked.masked(text))
    if where is None or not names:
        return None
    added = f" {{ void *volatile edit_{number}_ = (void *)&{chance.choice(names)}; " \
        f"(void)edit_{number}_; }}"
    return text[:where[0]] + added + text[where[0]:]


KINDS: dict[str, Place] = {
    "body": statement, "constant": constant, "text": literal, "comment": comment,
    "unused": unused, "reference": reference,
}
# What changes code, and not only its lines.
OF_CODE = ("body", "constant", "text", "unused", "reference")
