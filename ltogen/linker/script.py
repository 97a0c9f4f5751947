"""Linker scripts: the commands that make lld read further files, by the rules of its lexer.

Everything else is passed over, with its braces and parentheses in balance.
"""

from __future__ import annotations

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # The path that a name of INCLUDE means, and the text there.
    Include = Callable[[str], tuple[str, str]]
    # A directive, its words, and the path of the file that has it. Words of INPUT and GROUP are
    # marked with AS_NEEDED or nothing. What is about sections and symbols has no words here.
    Command = tuple[str, list[tuple[str, str]], str]

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$")
_WORD = _LETTERS | frozenset("/\\~=+[]*?-!^:")
_SPACE = " \t\n\v\f\r"
_ASSIGNS = frozenset(("*=", "/=", "+=", "-=", "&=", "^=", "|=", "<<=", ">>="))
_OF_NAMES = frozenset(("ENTRY", "OUTPUT", "SEARCH_DIR", "TARGET"))  # of one
_LISTS = frozenset(("EXTERN", "NOCROSSREFS", "NOCROSSREFS_TO", "OUTPUT_ARCH", "OUTPUT_FORMAT",
                    "REGION_ALIAS"))
_BLOCKS = frozenset(("MEMORY", "OVERWRITE_SECTIONS", "PHDRS", "SECTIONS", "VERSION"))
_PARENTHESISED = frozenset(("ASSERT", "HIDDEN", "PROVIDE", "PROVIDE_HIDDEN"))
_CLOSES = {"(": ")", "{": "}"}
_MOST_INCLUDES = 1000  # one script within the other


class ScriptError(Exception):
    """The text is no linker script; the message says what was not expected."""


class _Lexer:
    """The tokens of a script, and of the files that it includes in their place."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self._text, self._at = path, text, 0
        self._above: list[tuple[str, str, int]] = []

    def enter(self, path: str, text: str) -> None:
        """Go on with another file, and then with this one."""
        if len(self._above) >= _MOST_INCLUDES or path in {self.path, *(
                above for above, _, _ in self._above)}:
            raise ScriptError(f"{path} includes itself")
        self._above.append((self.path, self._text, self._at))
        self.path, self._text, self._at = path, text, 0

    def peek(self, *, expression: bool = False) -> str:
        """The next token; empty at the end."""
        self._skip()
        while self._at >= len(self._text):
            if not self._above:
                return ""
            self.path, self._text, self._at = self._above.pop()
            self._skip()
        return self._text[self._at:self._end(expression)]

    def next(self, *, expression: bool = False) -> str:
        """The next token, which is then behind."""
        token = self.peek(expression=expression)
        self._at += len(token)
        return token

    def expect(self, wanted: str) -> None:
        """Pass over a token that must come now."""
        token = self.next()
        if token != wanted:
            raise ScriptError(f"{wanted} expected, but got {token or 'the end'}")

    def _skip(self) -> None:
        text = self._text
        while self._at < len(text):
            if text.startswith("/*", self._at):
                end = text.find("*/", self._at + 2)
                if end < 0:
                    raise ScriptError("unclosed comment")
                self._at = end + 2
            elif text[self._at] == "#":
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end + 1
            elif text[self._at] in _SPACE:
                self._at += 1
            else:
                return

    def _end(self, expression: bool) -> int:
        text, at = self._text, self._at
        if text[at] == '"':
            end = text.find('"', at + 1)
            if end < 0:
                raise ScriptError("unclosed quote")
            return end + 1
        if text.startswith(("<<=", ">>="), at):
            return at + 3
        if text[at] in "+-*/!&^|" and text[at + 1:at + 2] == "=":
            return at + 2
        letters, end = (_LETTERS if expression else _WORD), at
        while end < len(text) and text[end] in letters:
            end += 1
        return max(end, at + 1)


def commands(path: str, text: str, include: Include) -> Iterator[Command]:
    """The commands of a script as they come; assignments are `=`.

    Raises ScriptError where lld would stop; what came before counts nevertheless.
    """
    lexer = _Lexer(path, text)
    while token := lexer.next():
        if token in ("INPUT", "GROUP"):
            yield token, list(_inputs(lexer)), lexer.path
        elif token in _OF_NAMES:
            yield token, [(_name(lexer), "")], lexer.path
        elif token == "INCLUDE":
            lexer.enter(*include(unquoted(lexer.next())))
        elif token in _LISTS:
            yield token, [(word, "") for word in _list(lexer)], lexer.path
        elif token in _BLOCKS:
            _pass_block(lexer, token, include)
            yield token, [], lexer.path
        elif token != ";":
            _pass_assignment(lexer, token)
            yield "=", [], lexer.path


def _inputs(lexer: _Lexer) -> Iterator[tuple[str, str]]:
    lexer.expect("(")
    needed = ""
    while (token := lexer.next()) != ")" or needed:
        if not token:
            raise ScriptError("unexpected end")
        if token == ")":
            needed = ""
        elif token == "AS_NEEDED" and not needed:
            lexer.expect("(")
            needed = token
        else:
            yield unquoted(token), needed


def _name(lexer: _Lexer) -> str:
    lexer.expect("(")
    name = unquoted(lexer.next())
    lexer.expect(")")
    return name


def _list(lexer: _Lexer) -> Iterator[str]:
    lexer.expect("(")
    while (token := lexer.next()) != ")":
        if not token:
            raise ScriptError("unexpected end")
        if token != ",":
            yield unquoted(token)


def _pass_block(lexer: _Lexer, block: str, include: Include) -> None:
    lexer.expect("{")
    pending = ["}"]
    while pending:
        token = lexer.next()
        if not token:
            raise ScriptError("unexpected end")
        if token == pending[-1]:
            pending.pop()
        elif token in _CLOSES:
            pending.append(_CLOSES[token])
        elif ")" not in pending:
            _pass_statement(lexer, block, token, include)
    if block == "SECTIONS" and lexer.peek() == "INSERT":
        for _ in range(3):
            lexer.next()


def _pass_statement(lexer: _Lexer, block: str, token: str, include: Include) -> None:
    if token == "INCLUDE" and block not in ("PHDRS", "VERSION"):
        lexer.enter(*include(unquoted(lexer.next())))
    elif block.endswith("SECTIONS") and _is_assignment(lexer):
        _pass_expression(lexer)


def _pass_assignment(lexer: _Lexer, token: str) -> None:
    if token in _PARENTHESISED:
        lexer.expect("(")
        depth = 1
        while depth:
            inner = lexer.next(expression=True)
            if not inner:
                raise ScriptError("unexpected end")
            depth += (inner == "(") - (inner == ")")
        if token != "ASSERT":
            lexer.expect(";")
    elif _is_assignment(lexer):
        _pass_expression(lexer)
    else:
        raise ScriptError(f"unknown directive: {token}")


def _is_assignment(lexer: _Lexer) -> bool:
    token = lexer.peek()
    return token[:1] == "=" or token in _ASSIGNS


def _pass_expression(lexer: _Lexer) -> None:
    while (token := lexer.next(expression=True)) != ";":
        if not token:
            raise ScriptError("unexpected end")


def unquoted(token: str) -> str:
    """A token without its quotes."""
    return token[1:-1] if token[:1] == '"' else token
