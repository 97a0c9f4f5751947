"""A module's text in parts: its definitions and declarations, metadata, types, attributes, comdats.

LLVM writes a definition of a function on lines of its own, everything else on one line. A string
has no quote inside and no end of a line: both are escaped.
"""

from __future__ import annotations

import re

LOCAL = frozenset((b"internal", b"private"))
# A string stands alone, so that nothing inside is taken for a name. `!srcloc` is for messages only.
TOKEN = re.compile(
    rb'(@"[^"]*"|@[-\w$.]+|%"[^"]*"|%[-A-Za-z$._][-\w$.]*|"[^"]*"|!srcloc ![0-9]+|![0-9]+|#[0-9]+)')
_NAME = rb'(?:"[^"]*"|[-\w$.]+)'
_LINKAGES = frozenset((
    *LOCAL, b"external", b"extern_weak", b"available_externally", b"linkonce", b"linkonce_odr",
    b"weak", b"weak_odr", b"common", b"appending"))
_DEFINED = re.compile(rb"@(" + _NAME + rb")\(")
_GLOBAL = re.compile(
    rb"@(" + _NAME + rb") = ((?:[a-z_]+(?:\([^)]*\))? )*?)(global|constant|alias|ifunc) ")
_ATTACHED = re.compile(rb"(?: ![-\w.]+ ![0-9]+)+ \{$")
_COMDAT = re.compile(rb'"[^"]*"|[ ,] ?comdat(?:\(\$(' + _NAME + rb")\))?(?= |,|$)")
_ALIASEE = re.compile(rb'(?:@(' + _NAME + rb")(?:, partition \"[^\"]*\")?|)$")
_OUTSIDE = re.compile(rb'["\[{(<, ]')
_BRACKET = re.compile(rb'"[^"]*"|[\[{(<]|[\]})>]')
_ESCAPED = re.compile(rb"\\(\\|[0-9A-Fa-f]{2})")
FUNCTION, VARIABLE, ALIAS, IFUNC = range(4)


class UnknownText(Exception):
    """There is something in the module that this reader does not know."""


class Global:
    """A function, variable, alias or ifunc, defined here or declared."""

    __slots__ = ("comdat", "head", "kind", "linkage", "name", "text")

    def __init__(self, kind: int, name: bytes, linkage: bytes, text: bytes, head: bytes) -> None:
        """`text` is all of it, and `head` what of it another module sees that only refers to it."""
        self.kind, self.name, self.linkage = kind, name, linkage
        self.text, self.head = text, head
        self.comdat = _comdat(head, name) if b"comdat" in head else None


class ModuleText:
    """A module's text, parsed. Names have no `@` but their quotes; orders are the module's."""

    def __init__(self, text: bytes) -> None:
        """Raises UnknownText."""
        self.defined: dict[bytes, Global] = {}
        self.declared: dict[bytes, Global] = {}
        self.types: dict[bytes, bytes] = {}
        self.comdats: dict[bytes, bytes] = {}
        self.attributes: dict[bytes, bytes] = {}
        self.nodes: list[bytes] = []  # of metadata
        self.named: list[tuple[bytes, bytes]] = []  # metadata
        self.variables: list[Global] = []
        self.header: list[bytes] = []
        self.source = b""
        place = 0
        try:
            while True:
                start = text.find(b"\ndefine ", place)
                for line in text[place:start if start >= 0 else len(text)].split(b"\n"):
                    if line and not line.startswith(b";"):
                        self._add_line(line)
                if start < 0:
                    break
                place = text.index(b"\n}\n", start) + 2
                self._add_function(text[start + 1:place])
        except (ValueError, IndexError) as error:
            raise UnknownText(str(error)) from None

    def _add_function(self, text: bytes) -> None:
        head = text[:text.index(b"\n")]
        attached = _ATTACHED.search(head)
        # (Of a function that is only referred to, what is attached is not copied.)
        seen = head[:attached.start()] if attached else head
        self._keep(Global(FUNCTION, _function_name(head), _linkage(head.split(b" ", 2)[1]),
                          text, seen), self.defined)

    def _keep(self, found: Global, among: dict[bytes, Global]) -> None:
        if found.name in self.defined or found.name in self.declared:
            raise UnknownText("a name that is there twice")
        among[found.name] = found

    def _add_line(self, line: bytes) -> None:
        first = line[:1]
        if first == b"@":
            self._add_global(line)
        elif first == b"!":
            self._add_metadata(line)
        elif first in (b"%", b"$"):
            name, _, value = line.partition(b" = ")
            (self.types if first == b"%" else self.comdats)[name] = value
        elif line.startswith(b"declare "):
            self._keep(Global(FUNCTION, _function_name(line), b"external", line, line),
                       self.declared)
        elif line.startswith(b"attributes #"):
            name, _, value = line[11:].partition(b" = ")
            self.attributes[name] = value
        else:
            self._add_header(line)

    def _add_header(self, line: bytes) -> None:
        if not line.startswith((b"source_filename = ", b"target ", b"module asm ")):
            raise UnknownText(repr(line[:40]))
        if line.startswith(b"source_filename = "):
            self.source = unescaped(line[18:])
        self.header.append(line)

    def _add_metadata(self, line: bytes) -> None:
        name, equals, value = line.partition(b" = ")
        if not equals:
            raise UnknownText(repr(line[:40]))
        if name[1:].isdigit():
            if int(name[1:]) != len(self.nodes):
                raise UnknownText("metadata without order")
            self.nodes.append(value)
        else:
            self.named.append((name, value))

    def _add_global(self, line: bytes) -> None:
        found = _GLOBAL.match(line)
        if found is None:
            raise UnknownText(repr(line[:40]))
        name, words, kind = found.groups()
        linkage = next((word for word in words.split() if word in _LINKAGES), b"")
        if kind in (b"alias", b"ifunc"):
            self._keep(Global(ALIAS if kind == b"alias" else IFUNC, name, linkage, line, line),
                       self.defined)
            return
        head = without_value(line, found.end())
        declared = linkage in (b"external", b"extern_weak")
        self.variables.append(Global(VARIABLE, name, linkage, line, line if declared else head))
        self._keep(self.variables[-1], self.declared if declared else self.defined)


def without_value(line: bytes, at: int) -> bytes:
    """The line of a variable whose type begins at `at`, without its value."""
    if line.startswith(b"ptr addrspace(", at):
        at += 4
    after = outside(line, at, b" ")
    return line[:after] + line[outside(line, after + 1, b","):]


def outside(line: bytes, at: int, letter: bytes) -> int:
    """Where `letter` stands next in no bracket and no string; the line's end if nowhere."""
    while found := _OUTSIDE.search(line, at):
        if found[0] == letter:
            return found.start()
        at = found.end()
        if found[0] == b'"':
            at = line.index(b'"', at) + 1
        elif found[0] not in (b",", b" "):
            at = _closed(line, found.start())
    return len(line)


def _closed(line: bytes, at: int) -> int:
    """The position after the bracket that closes the one at `at`."""
    depth = 0
    for found in _BRACKET.finditer(line, at):
        if found[0] in b"[{(<":
            depth += 1
        elif found[0] in b"]})>":
            depth -= 1
            if not depth:
                return found.end()
    raise UnknownText(repr(line[:40]))


def _function_name(head: bytes) -> bytes:
    found = _DEFINED.search(head)
    if found is None:
        raise UnknownText(repr(head[:40]))
    return found[1]


def _linkage(word: bytes) -> bytes:
    return word if word in _LINKAGES else b""


def _comdat(head: bytes, name: bytes) -> bytes | None:
    return next((b"$" + (found[1] or name) for found in _COMDAT.finditer(head)
                 if not found[0].startswith(b'"')), None)


def aliasee(one: Global) -> bytes | None:
    """The name that an alias or ifunc ends with; None if it is more than a name."""
    found = _ALIASEE.search(one.text)
    return found[1] if found else None


def unescaped(name: bytes) -> bytes:
    """A name as it is, without quotes."""
    if not name.startswith(b'"'):
        return name
    return _ESCAPED.sub(lambda found: found[1] if found[1] == b"\\" else
                        bytes((int(found[1], 16),)), name[1:-1])
