"""Ninja's tokens, read as Ninja 1.13 reads them.

Text that may name variables is returned raw, as the manifest spells it: `expand` evaluates it at
once, `template` prepares it for repeated evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from ltogen.base.errors import UserError

END = "the end of the file"
INDENT = "indentation"
NAME = "a name"
NEWLINE = "the end of the line"
_BAD = "a character"
_KEYWORDS = frozenset(("build", "default", "include", "pool", "rule", "subninja"))

# A token is what the lexer can take, whether or not the rest then fits. Possessive quantifiers
# would say so, but around a group Python before 3.11.5 gets them wrong.
_SPACE = r"(?: |\$\r?\n)"
_NAME = r"[a-zA-Z0-9_.-]++"
_ESCAPE = r"\$(?:[$ :]|\r?\n *+|[a-zA-Z0-9_-]++|\{[a-zA-Z0-9_.-]++\})"
# What could be space is eaten as such before a path begins.
_PATH = rf"(?!\$\r?\n)(?:[^$ :|\r\n]++|{_ESCAPE})+"
_PATHS = rf"{_PATH}(?:{_SPACE}+{_PATH})*"
_VALUE = rf"(?:[^$\r\n]++|{_ESCAPE})*"
_BINDING = rf" ++{_SPACE}*({_NAME}){_SPACE}*={_SPACE}*({_VALUE})\r?\n"

_token = re.compile(
    rf"(?: *+#[^\n]*+\n)*(?:( *+\r?\n)|( ++)|({_NAME})|(\|[|@]?|[=:])|(\Z)|(.))", re.DOTALL).match
_space = re.compile(f"{_SPACE}*").match
_name = re.compile(_NAME).match
_path = re.compile(rf"({_PATH})?((?=[ :|\n]|\r\n))?").match
_value = re.compile(rf"({_VALUE})(\r?\n)?").match
_bindings = re.compile(f"(?:{_BINDING})*").match
_split_bindings = re.compile(_BINDING).findall
_split_paths = re.compile(_PATH).findall
_escapes = re.compile(r"\$(?:([$ :])|\r?\n *+|([a-zA-Z0-9_-]++)|\{([a-zA-Z0-9_.-]++)\})")
_header = re.compile(
    rf"(?: *+(?:#[^\n]*+)?\r?\n)*(build){_SPACE}+"
    rf"({_PATHS})(?:{_SPACE}*\|(?![|@]){_SPACE}*({_PATHS})?)?"
    rf"{_SPACE}*:{_SPACE}*({_NAME})"
    rf"{_SPACE}*({_PATHS})?(?:{_SPACE}*\|(?![|@]){_SPACE}*({_PATHS})?)?"
    rf"(?:{_SPACE}*\|\|{_SPACE}*({_PATHS})?)?"
    rf"(?:{_SPACE}*\|@{_SPACE}*({_PATHS})?)?{_SPACE}*\r?\n").match

# Outputs, implicit outputs, rule, inputs, implicit inputs, order-only inputs, validations: raw.
Header = tuple[str | None, ...]
LookUp = Callable[[str], str]


class Lexer:
    """One file, its next character `pos`, and `last`, where the last token begins."""

    __slots__ = ("last", "name", "pos", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        end = text.find("\0")  # for Ninja, the file ends there
        self.text = text if end < 0 else text[:end]
        self.pos = 0
        self.last = 0

    def token(self) -> str:
        """The kind of the next token: a keyword, a sign, or one of the constants above."""
        match = _token(self.text, self.pos)
        assert match is not None and match.lastindex is not None
        kind = match.lastindex
        self.last = match.start(kind)
        self.pos = match.end()
        if kind == 1:
            return NEWLINE
        self._eat_space()
        if kind == 3:
            return match[3] if match[3] in _KEYWORDS else NAME
        return match[4] if kind == 4 else (INDENT if kind == 2 else END if kind == 5 else _BAD)

    def take(self, kind: str) -> bool:
        """Read the next token if it is of this kind."""
        if self.token() == kind:
            return True
        self.pos = self.last
        return False

    def expect(self, kind: str) -> None:
        """Read the next token, which must be of this kind."""
        found = self.token()
        if found != kind:
            self.unexpected(found, f"expected {_quoted(kind)}, got", _ADVICE[kind])

    def unexpected(self, kind: str, what: str = "unexpected", advice: str = "") -> NoReturn:
        """Refuse a token of this kind, which was the last to be read."""
        found = self.text[self.last] if kind == _BAD else ""
        name = repr(found) if found else _quoted(kind)
        advice = _ADVICE.get(found) or advice or _ADVICE.get(kind) or _STATEMENTS
        self.fail(f"{what} {name}; {advice}")

    def word(self, noun: str) -> str:
        """Read a name, which may be a keyword."""
        match = _name(self.text, self.pos)
        if match is None:
            self.last = self.pos
            self.fail(f"expected {noun}; a name has letters, digits, '_', '.' and '-'")
        self.last = self.pos
        self.pos = match.end()
        self._eat_space()
        return match[0]

    def path(self) -> str:
        """The next path, raw; empty if there is none."""
        match = _path(self.text, self.pos)
        assert match is not None
        if match[2] is None:
            self._refuse_text(match.end())
        self.last = self.pos = match.end()
        self._eat_space()
        return match[1] or ""

    def value(self) -> str:
        """The rest of the line, raw; it may be empty."""
        match = _value(self.text, self.pos)
        assert match is not None
        if match[2] is None:
            self._refuse_text(match.end())
        self.last = match.end(1)
        self.pos = match.end()
        return match[1]

    def header(self) -> Header | None:
        """The header of a build statement, if the next statement is a valid one.

        This matches most statements with one expression; `header_by_tokens` takes five times as
        long.
        """
        match = _header(self.text, self.pos)
        if match is None:
            return None
        self.last = match.start(1)
        self.pos = match.end()
        return match.groups()[1:]

    def header_by_tokens(self) -> Header:
        """The same, after the keyword `build`. Raises UserError for an invalid statement."""
        outputs = self._path_list()
        implicit_outputs = self._path_list() if self.take("|") else ""
        if not outputs and not implicit_outputs:
            self.fail("expected an output; write build OUTPUT: RULE INPUT")
        self.expect(":")
        rule = self.word("the name of a rule")
        inputs = self._path_list()
        more = [self._path_list() if self.take(sign) else "" for sign in ("|", "||", "|@")]
        self.expect(NEWLINE)
        return (outputs, implicit_outputs, rule, inputs, *more)

    def bindings(self) -> list[tuple[str, str]]:
        """The indented `name = value` lines that follow, with raw values."""
        found: list[tuple[str, str]] = []
        while True:
            match = _bindings(self.text, self.pos)
            assert match is not None
            if match.end() > self.pos:
                found += _split_bindings(self.text, self.pos, match.end())
                self.pos = match.end()
            # Comments do not end the bindings, and what is wrong needs an explanation.
            if not self.text.startswith((" ", "#"), self.pos) or not self._one_binding(found):
                return found

    def _one_binding(self, found: list[tuple[str, str]]) -> bool:
        end = self.pos
        if not self.take(INDENT):
            self.pos = end
            return False
        found.append(self.binding())
        return True

    def binding(self) -> tuple[str, str]:
        """`name = value`, with the value raw."""
        name = self.word("the name of a variable")
        self.expect("=")
        return name, self.value()

    def line(self, pos: int) -> int:
        """The number of the line with the character at `pos`."""
        return self.text.count("\n", 0, pos) + 1

    def place(self, pos: int) -> str:
        """The file and the line of the character at `pos`."""
        return f"{shown(self.name)}:{self.line(pos)}"

    def fail(self, message: str, pos: int | None = None) -> NoReturn:
        """Raise a UserError about the text at `pos`, or else at what was read last."""
        raise UserError(f"{self.place(self.last if pos is None else pos)}: {message}")

    def _eat_space(self) -> None:
        match = _space(self.text, self.pos)
        assert match is not None
        self.pos = match.end()

    def _path_list(self) -> str:
        start = end = self.pos
        while self.path():
            end = self.last
        return self.text[start:end]

    def _refuse_text(self, pos: int) -> NoReturn:
        self.last = pos
        if pos == len(self.text):
            self.fail("unexpected end of the file; a line must end with a line break")
        if self.text[pos] == "$":
            self.fail("unknown escape; write $$ for a '$'")
        self.fail("a carriage return inside a line; remove it")


_STATEMENTS = f"a line begins with NAME = or one of {', '.join(sorted(_KEYWORDS))}"
_ADVICE = {
    ":": "write build OUTPUT: RULE INPUT, and $: for a colon in a path",
    "=": "write NAME = VALUE",
    NEWLINE: "begin a new line here, or remove it",
    INDENT: "only what belongs to a build, a rule or a pool is indented",
    "#": "a comment ends with a line break; add one",
    "\t": "Ninja takes spaces only; replace the tab",
}


def _quoted(kind: str) -> str:
    return kind if " " in kind or kind == INDENT else f"'{kind}'"


def shown(path: str) -> str:
    """`path` for a message of one line."""
    return path if path.isprintable() else ascii(path)


def split_paths(raw: str) -> list[str]:
    """The paths of a list, each of them raw."""
    return _split_paths(raw)


def expand(raw: str, look_up: LookUp) -> str:
    """The value of raw text, with variables from `look_up`."""
    if "$" not in raw:
        return raw

    def value(match: re.Match[str]) -> str:
        kind = match.lastindex
        if kind is None:
            return ""  # a line that goes on
        return match[1] if kind == 1 else look_up(match[kind])

    return _joined(_escapes.sub(value, raw))


class Template:
    """Raw text with variables, prepared for repeated evaluation."""

    __slots__ = ("_names", "_pieces")

    def __init__(self, names: list[str], pieces: list[str]) -> None:
        self._names = names
        self._pieces = pieces  # text, room for the first variable, text, room, ..., text

    def evaluate(self, look_up: LookUp) -> str:
        """The text with variables from `look_up`."""
        pieces = self._pieces.copy()
        pieces[1::2] = map(look_up, self._names)
        return _joined("".join(pieces))


def template(raw: str) -> str | Template:
    """Prepare raw text: its value, or a Template if it names variables."""
    names: list[str] = []
    pieces = [""]
    end = 0
    for match in _escapes.finditer(raw):
        pieces[-1] += raw[end:match.start()] + (match[1] or "")
        end = match.end()
        name = match[2] or match[3]
        if name:
            names.append(name)
            pieces += ("", "")
    pieces[-1] += raw[end:]
    return Template(names, pieces) if names else _joined(pieces[0])


def _joined(text: str) -> str:
    """`text`, with adjacent halves of a character combined, as Ninja sees them."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
