"""Parses a module as clang prints it: its globals with the names that they use, and the rest.

Text, not bitcode: every clang reads and writes its own text, and a global moves with its lines.
"""

from __future__ import annotations

import hashlib
import re
import string

# A string has no quote inside: LLVM writes it as \\22. `@` and `!` inside of one name nothing.
TOKEN = re.compile(r'@"[^"]*"|@[-\w$.]+|"[^"]*"|![0-9]+|#[0-9]+', re.ASCII)
LOCAL = ("internal", "private")
_MARKS = string.digits + string.ascii_letters
_NAME = r'(?:"[^"]*"|[-\w$.]+)'
_LINKAGES = frozenset((
    *LOCAL, "external", "extern_weak", "available_externally", "linkonce", "linkonce_odr", "weak",
    "weak_odr", "common", "appending"))
_GLOBAL = re.compile(
    rf"(@{_NAME}) = ((?:[a-z_]+(?:\([^)]*\))? )*?)(global|constant|alias|ifunc) (.*)", re.ASCII)
_TAIL = re.compile(
    r'((?:, (?:section "[^"]*"|partition "[^"]*"|code_model "[^"]*"|align \d+|[a-z_]*sanitize\w*|'
    rf'comdat(?:\(\${_NAME}\))?|![\w.]+ !\d+))*)(?: #\d+)?$', re.ASCII)
_COMDAT = re.compile(rf"[ ,] ?comdat(?:\((\${_NAME})\))?(?= |,|$)", re.ASCII)
_SECTION = re.compile(r' section ("[^"]*")')
_ASM = re.compile(r' asm (?:[a-z]+ )*"([^"]*)"')
_WORD = re.compile(r"[A-Za-z_.$][\w.$]*", re.ASCII)
_ESCAPED = re.compile(r"\\([0-9A-F]{2})")
# A label or an assignment at the start of a statement, or what a directive gives a name.
_MADE = re.compile(
    r"(?:^|[\n;])\s*(?:\.(?:set|equ|macro)\s+([\w.$]+)|([A-Za-z_.$][\w.$]*)\s*[:=])", re.ASCII)
_DEFINED = re.compile(rf"@{_NAME}(?=\()", re.ASCII)
_BRACKET = re.compile(r'"[^"]*"|[\[{<(]|[\]}>)]')
_BLOCK = re.compile(rf"blockaddress\((@{_NAME}), ", re.ASCII)


class CannotCut(Exception):
    """A module cannot be cut; the text says why."""


class Global:
    """A function, variable, alias or ifunc that the module defines."""

    __slots__ = ("asm", "blocks", "comdat", "head", "instructions", "kind", "linkage", "made",
                 "name", "place", "refs", "section", "text")

    def __init__(self, name: str, kind: str, linkage: str, text: str, head: str,
                 place: int) -> None:
        """`head` is the text before a body or an initial value; `place` counts from the first."""
        self.name, self.kind, self.linkage = name, kind, linkage
        self.text, self.head, self.place = text, head, place
        tokens = TOKEN.findall(text)
        self.refs = {token for token in tokens if token[0] == "@"}
        self.refs.discard(name)
        # (Each is a line, two spaces in.)
        self.instructions = text.count("\n  ") if kind == "function" else 0
        self.blocks = set(_BLOCK.findall(text)) if "blockaddress(" in text else set()
        attributes = head if kind == "function" else _tail(text)
        # The names that inline assembler has: it may call anything of the file, or define symbols.
        asm = "\n".join(_ASM.findall(text)) if " asm " in text else ""
        asm = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), asm)
        self.asm = {f"@{word}" for word in _WORD.findall(asm)}
        self.made = {f"@{word or other}" for word, other in _MADE.findall(asm)}
        section = _SECTION.search(attributes)
        self.section = section[1] if section else ""
        comdat = _COMDAT.search(attributes)
        self.comdat = (comdat[1] or f"${name[1:]}") if comdat else ""

    @property
    def local(self) -> bool:
        """Whether no other module can name it."""
        return self.linkage in LOCAL


class Text:
    """A module's text, parsed."""

    def __init__(self, text: str) -> None:
        """Raises CannotCut for a line of no known kind."""
        self.globals: dict[str, Global] = {}
        self.declared: dict[str, str] = {}
        self.types: dict[str, str] = {}
        self.comdats: dict[str, str] = {}
        self.attributes: dict[str, str] = {}
        self.metadata: dict[str, str] = {}
        self.named: list[str] = []  # metadata
        self.header: list[str] = []
        place = 0
        while True:
            start = text.find("\ndefine ", place)
            for line in text[place:start if start >= 0 else len(text)].split("\n"):
                if line and line[0] != ";":
                    self._add_line(line)
            if start < 0:
                break
            place = text.index("\n}\n", start) + 2
            self._add_function(text[start + 1:place])

    def _add_function(self, text: str) -> None:
        head = text[:text.index("\n")]
        found = _DEFINED.search(head)
        if found is None:
            raise CannotCut(f"a function without a name: {head[:60]}")
        word = head.split(" ", 2)[1]
        linkage = word if word in _LINKAGES else ""
        self._add(found[0], "function", linkage, text, head)

    def _add(self, name: str, kind: str, linkage: str, text: str, head: str) -> None:
        self.globals[name] = Global(name, kind, linkage, text, head, len(self.globals))

    def _add_line(self, line: str) -> None:
        if line[0] == "@":
            self._add_global(line)
        elif line[0] in "!%$":
            self._add_node(line)
        elif line.startswith("declare "):
            found = _DEFINED.search(line)
            if found is not None:
                self.declared[found[0]] = line
        elif line.startswith("attributes #"):
            self.attributes[line[11:line.index(" ", 11)]] = line[line.index("{"):]
        elif line.startswith(("source_filename ", "target ")):
            self.header.append(line)
        else:
            raise CannotCut(f"'{line[:40]}'")

    def _add_node(self, line: str) -> None:
        name, _, value = line.partition(" = ")
        if line[0] == "%":
            self.types[name] = value
        elif line[0] == "$":
            self.comdats[name] = value
        elif name[1:].isdecimal():
            self.metadata[name] = value
        else:
            self.named.append(line)

    def _add_global(self, line: str) -> None:
        found = _GLOBAL.match(line)
        if found is None:
            raise CannotCut(f"'{line[:40]}'")
        name, words, kind, rest = found.groups()
        linkage = next((word for word in words.split() if word in _LINKAGES), "")
        if linkage in ("external", "extern_weak"):
            self.declared[name] = line
            return
        kind = kind if kind in ("alias", "ifunc") else "variable"
        head = line[:found.start(4) + type_end(rest)]
        self._add(name, kind, linkage, line, head)


def type_end(text: str) -> int:
    """The end of the type at the beginning of a text."""
    if text[0] in "[{<":
        return bracket_end(text)
    plain = re.match(r'(?:%"[^"]*"|ptr addrspace\(\d+\)|target\([^)]*\)|[^ ,]+)', text)
    return plain.end() if plain else 0


def bracket_end(text: str) -> int:
    """The position after the bracket that closes the first one of a text."""
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += (found[0] in "[{<(") - (found[0] in "]}>)")
        if not depth:
            return found.end()
    raise CannotCut(f"'{text[:40]}'")


def digest(text: str) -> str:
    """A digest that is equal for equal texts."""
    return _hashed(text).hex()


def mark(text: str, length: int) -> str:
    """A short digest as a part of a name: the program keeps names."""
    return "".join(_MARKS[byte % len(_MARKS)] for byte in _hashed(text)[:length])


def _hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _tail(line: str) -> str:
    found = _TAIL.search(line)
    return found[1] if found else ""


def alignment(line: str) -> str:
    """The alignment of a variable, as its declaration has it."""
    found = re.search(r", align \d+", _tail(line))
    return found[0] if found else ""
