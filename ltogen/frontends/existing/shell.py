"""Parses a shell command line into simple commands, as far as builds need it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_SPECIAL = re.compile(r"""['"\\$`|;()<>#*?\[~\n]|&(?!&)|(?<!&)&&&""")
_AND = re.compile(r"&&")
_WORD = re.compile(r"\S+")
_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)
      | (?P<redirect>\d*(?:>>|>&|>\||>|<&|<>|<<-?|<))
      | (?P<operator>&&|\|\||;;|[;|&()\n])
      | (?P<piece>(?:\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`
          |[^ \t\n'"\\$`|;&()<>]+|\\(?s:.)|'[^']*'|"(?:[^"\\]|\\(?s:.))*"|[$`\\'"]))""",
    re.VERBOSE,
)
# What the shell would replace by something else; such a word is not known before it runs.
_EXPANDS = re.compile(r"[*?\[]|\A~")
_IN_DOUBLE_QUOTES = re.compile(r'\\([$`"\\\n])')


class Simple(Struct, frozen=True):
    """One simple command: its words, and the position of each in the line."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    end: int
    literal: bool  # no word depends on a variable, a pattern or another command's output
    inside: tuple[int, ...] = ()  # the parentheses that it is in, by number


def commands(line: str) -> tuple[Simple, ...]:
    """The simple commands of `line`, in order; operators and redirections lie between them."""
    if _SPECIAL.search(line) is None:
        return tuple(_plain(line))
    return tuple(_Parser(line).commands())


def _plain(line: str) -> Iterator[Simple]:
    """The commands of a line without quotes, with only `&&` between them."""
    start = 0
    for stop in (*(match.start() for match in _AND.finditer(line)), len(line)):
        words = [(match.group(), match.start()) for match in _WORD.finditer(line, start, stop)]
        if words:
            yield Simple(tuple(word for word, _ in words), tuple(at for _, at in words),
                         words[-1][1] + len(words[-1][0]), True)
        start = stop + 2


class _Parser:
    def __init__(self, line: str) -> None:
        self._line = line
        self._inside: tuple[int, ...] = ()
        self._opened = 0
        self._reset()

    def _reset(self) -> None:
        self._words: list[str] = []
        self._starts: list[int] = []
        self._end = 0
        self._literal = True
        self._joined = False  # the next piece belongs to the last word
        self._files = 0  # words seen since a redirection: the first is its file
        self._redirected = False

    def commands(self) -> Iterator[Simple]:
        """Every simple command that has a word."""
        position = 0
        while position < len(self._line):
            token = _TOKEN.match(self._line, position)
            if token is None:
                position += 1
                continue
            position = token.end()
            if token["operator"]:
                yield from self._finish()
                self._parenthesis(token["operator"])
            elif token["redirect"]:
                self._redirected, self._joined, self._files = True, False, 0
            elif token["space"]:
                self._joined = False
            elif token["piece"].startswith("#") and not self._joined:
                break
            else:
                self._piece(token["piece"], token.start(), token.end())
        yield from self._finish()

    def _parenthesis(self, operator: str) -> None:
        if operator == "(":
            self._opened += 1
            self._inside = (*self._inside, self._opened)
        elif operator == ")":
            self._inside = self._inside[:-1]

    def _finish(self) -> Iterator[Simple]:
        if self._words:
            yield Simple(tuple(self._words), tuple(self._starts), self._end, self._literal,
                         self._inside)
        self._reset()

    def _piece(self, piece: str, start: int, end: int) -> None:
        if self._redirected:
            # Its file is no word of the command. Words behind it are, out of their place.
            self._files += not self._joined
            self._literal = self._literal and self._files == 1
            if self._files == 1:
                self._joined = True
                return
        text, literal = _unquote(piece)
        self._literal = self._literal and literal
        if self._joined:
            self._words[-1] += text
        else:
            self._words.append(text)
            self._starts.append(start)
        self._joined, self._end = True, end


def _unquote(piece: str) -> tuple[str, bool]:
    """The value of a piece, and whether it is known before the shell runs."""
    if piece[0] == "'" and len(piece) > 1:
        return piece[1:-1], True
    if piece[0] == '"' and len(piece) > 1:
        inner = piece[1:-1]
        bare = re.sub(r"\\.", "", inner, flags=re.DOTALL)
        text = _IN_DOUBLE_QUOTES.sub(lambda m: "" if m[1] == "\n" else m[1], inner)
        return text, "$" not in bare and "`" not in bare
    if piece[0] == "\\" and len(piece) > 1:
        return piece[1:].replace("\n", ""), True
    if piece[0] in "$`":
        return piece, False
    return piece, piece[0] not in "$`\\'\"" and _EXPANDS.search(piece) is None
