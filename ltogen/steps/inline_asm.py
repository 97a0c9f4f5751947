"""Step `inline-asm`: says where the assembler stands that a backend could not read.

A backend has no sources, so its compiler says `<inline asm>:2:2` and no more. Bitcode keeps the
text of each statement, and clang's own number for the place of each line of it: an offset, where
that is in the module's main file. In headers and macros, debug information may say the line.
"""

from __future__ import annotations

import re
import sys

from ltogen.base import files, processes
from ltogen.incremental.printed import printed
from ltogen.linker import index

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterator

# A complaint, and the line of assembler that it is about.
_COMPLAINT = re.compile(r"^<inline asm>:(\d+):\d+: error: .*\n(?: *\d+ \|)?(.*)", re.MULTILINE)
_FUNCTION = re.compile(r'^define .*?@("(?:[^"\\]|\\.)*"|[\w.$-]+)\(')
_STATEMENT = re.compile(r'\basm [^"]*"((?:[^"\\]|\\.)*)", "')
_METADATA = re.compile(r"^(!\d+) = (?:distinct )?(!.*)", re.MULTILINE)
# What stands for an operand, for one of two dialects, and for `$` itself.
_SLOT = re.compile(r"\$(?:\d+|\{[^}]*\}|\(.*?\$\)|\$)")
_MOST = 5  # places that are told
# clang numbers the characters of a main file from here on.
_FIRST = 2


def main(arguments: list[str]) -> None:
    """Print a line for each place that a backend complains of, which is run for that.

    The arguments are the compiler's words, `--`, and the words of the backend.
    """
    at = arguments.index("--")
    _, _, said = processes.run(arguments[at + 1:])
    wanted = _COMPLAINT.findall(said.decode(errors="replace"))
    if not wanted:
        return
    found: list[str] = []
    for bitcode in _modules(arguments[at + 1:]):
        text = (printed(files.read(bitcode) or b"", tuple(arguments[:at])) or b"").decode(
            errors="replace")
        for number, line in wanted:
            found += _Module(text).places(int(number) - 1, line.strip())
    for place in list(dict.fromkeys(found))[:_MOST]:
        print(place, file=sys.stderr)


def _modules(backend: list[str]) -> list[str]:
    """The bitcode that a backend reads."""
    named = next(word for word in backend if word.startswith("-fthinlto-index="))
    own = backend[backend.index("ir") + 1 if "ir" in backend else backend.index(named) - 1]
    read = index.read(files.read(named.partition("=")[2]) or b"")
    return list(dict.fromkeys((own, *(one.path for one in (read.modules if read else ())))))


class _Module:
    """A module's text, and what it says of places."""

    def __init__(self, text: str) -> None:
        self._text = text
        found = re.search(r'^source_filename = "(.*)"', text, re.MULTILINE)
        self._source = _unescaped(found[1]) if found else ""
        self._metadata: dict[str, str] = dict(_METADATA.findall(text))

    def places(self, number: int, wanted: str) -> Iterator[str]:
        """Where there is assembler whose line `number`, from 0 on, is `wanted`."""
        function = ""
        for line in self._text.splitlines():
            begins = _FUNCTION.match(line)
            function = begins[1].strip('"') if begins else function
            statement = _STATEMENT.search(line)
            if statement and _reads(statement[1], number, wanted):
                yield f"{self._place(line, number)}: note: in assembler of function '{function}'"

    def _place(self, call: str, number: int) -> str:
        return (self._of_main_file(call, number) or self._of_debug_information(call)
                or self._source)

    def _of_main_file(self, call: str, number: int) -> str:
        """The place by clang's number, as clang itself writes it."""
        found = re.search(r"!srcloc (!\d+)", call)
        numbers = re.findall(r"i64 (\d+)", self._metadata.get(found[1], "")) if found else []
        content = files.read(self._source)
        if not numbers or not content:
            return ""
        offset = int(numbers[number] if number < len(numbers) else numbers[0]) - _FIRST
        if not 0 <= offset < len(content):
            return ""
        before = content[:offset]
        line, column = before.count(b"\n") + 1, offset - before.rfind(b"\n")
        return f"{self._source}:{line}:{column}"

    def _of_debug_information(self, call: str) -> str:
        found = re.search(r"!dbg (!\d+)", call)
        location = self._metadata.get(found[1], "") if found else ""
        at = re.search(r"line: (\d+)(?:, column: (\d+))?.*?scope: (!\d+)", location)
        file = re.search(r"file: (!\d+)", self._metadata.get(at[3], "")) if at else None
        name = re.search(r'filename: "(.*?)"', self._metadata.get(file[1], "")) if file else None
        return f"{_unescaped(name[1])}:{at[1]}:{at[2] or 1}" if at and name else ""


def _reads(statement: str, number: int, wanted: str) -> bool:
    """Whether a statement, as IR has it, comes to the assembler `wanted` in its line `number`."""
    lines = _unescaped(statement).split("\n")
    if number >= len(lines):
        return False
    parts = _SLOT.split(lines[number].strip())
    return bool(re.fullmatch(".*".join(map(re.escape, parts)), wanted))


def _unescaped(text: str) -> str:
    r"""The text that IR writes with `\XX`."""
    return re.sub(r"\\([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text)
