"""The graph of a module's text: what each line drags along when another module imports it.

An import brings a definition's own text, and with it: the heads of the globals that it names (they
become declarations), the bodies of named types, attributes, and all metadata that can be reached.
Of a compile unit it brings neither lists of types, enumerators, macros and globals, nor imported
entities outside of functions (LLVM's IRMover).
"""

from __future__ import annotations

import re

from ltogen.incremental import module_text
from ltogen.incremental.digests import mark
from ltogen.incremental.graph import Content, Graph
from ltogen.incremental.module_text import TOKEN, Global, ModuleText

_NUMBER = re.compile(rb"!([0-9]+)")
_BESIDES_NUMBERS = re.compile(rb'["@%#]')
_LEFT_OUT = (b"enums: ", b"retainedTypes: ", b"globals: ", b"macros: ")
UNIT = b"distinct !DICompileUnit("
_LOCAL_SCOPES = (b"!DISubprogram(", b"!DILexicalBlock(", b"!DILexicalBlockFile(")


class ModuleGraph:
    """A module's text, split where a line refers to something.

    A vertex is a metadata node's number, or stands behind all of those for a global.
    """

    def __init__(self, module: ModuleText, unknown: bytes) -> None:
        """`unknown` stands for what cannot be compared: it differs between any two modules."""
        self._module = module
        self._unknown = b"\0=" + unknown
        self._globals = [*module.declared.values(), *module.defined.values()]
        self._places = {b"@" + one.name: place
                        for place, one in enumerate(self._globals, len(module.nodes))}
        self._types: dict[bytes, bytes] = {}

    def place(self, name: bytes) -> int:
        """The vertex of a global."""
        return self._places[b"@" + name]

    def graph(self, *, whole_units: bool = False) -> Graph:
        """All of it. With `whole_units`, compile units have all their lists."""
        contents = [self._node(text) if whole_units or not text.startswith(UNIT) else
                    self._unit(text) for text in self._module.nodes]
        return Graph(contents + [self._head(one) for one in self._globals])

    def vertex(self, place: int) -> Content:
        """What a vertex is made of."""
        nodes = self._module.nodes
        if place >= len(nodes):
            return self._head(self._globals[place - len(nodes)])
        return self._unit(nodes[place]) if nodes[place].startswith(UNIT) else self._node(
            nodes[place])

    def content(self, text: bytes) -> Content:
        """What a text is made of."""
        pieces = TOKEN.split(text)
        parts: list[bytes] = []
        references: list[int] = []
        raw = [pieces[0]]
        for token, after in zip(pieces[1::2], pieces[2::2], strict=True):
            first = token[:1]
            if first == b"!" and token[1:2] != b"s":
                parts.append(b"".join(raw))
                references.append(int(token[1:]))
                raw = [after]
            elif first == b"@":
                # (A number says nothing, a name does.)
                parts.append(b"".join((*raw, token)))
                references.append(self._places[token])
                raw = [after]
            else:
                raw += (self._resolved(token, first), after)
        parts.append(b"".join(raw))
        return parts, references

    def _resolved(self, token: bytes, first: bytes) -> bytes:
        if first == b'"':
            return token
        if first == b"%":
            return self.type_mark(token) if token in self._module.types else token
        if first == b"#":
            # (The bodies of attributes have no name in them.)
            return b"#" + self._module.attributes.get(token, self._unknown)
        return b"!srcloc"

    def type_mark(self, name: bytes) -> bytes:
        """A named type's name, with a digest of its body."""
        known = self._types.get(name)
        if known is None:
            self._types[name] = self._unknown  # (of a type that has itself inside)
            body = b"".join([
                piece if not piece.startswith(b"%") else
                self.type_mark(piece) if piece in self._module.types else piece
                for piece in TOKEN.split(self._module.types[name])])
            known = self._types[name] = name + mark(body)
        return known

    def _node(self, text: bytes) -> Content:
        if _BESIDES_NUMBERS.search(text):
            return self.content(text)
        pieces = _NUMBER.split(text)
        return pieces[::2], [int(number) for number in pieces[1::2]]

    def _head(self, one: Global) -> Content:
        if self._drags(one):
            return [self._unknown], []
        parts, references = self.content(one.head)
        own = self.place(one.name)
        at = references.index(own)
        return ([*parts[:at], parts[at] + parts[at + 1], *parts[at + 2:]],
                [*references[:at], *references[at + 1:]])

    def _unit(self, text: bytes) -> Content:
        """What an import brings of a compile unit."""
        parts, references = self.content(text)
        kept, found = [parts[0]], []
        local: list[int] = []
        for reference, part in zip(references, parts[1:], strict=True):
            before = kept[-1]
            if before.endswith((*_LEFT_OUT, b"imports: ")):
                kept[-1] = before[:before.rindex(b", ")] + part
                if before.endswith(b"imports: "):
                    local = [entity for entity in self._node(self._module.nodes[reference])[1]
                             if self._is_local(entity)]
            else:
                found.append(reference)
                kept.append(part)
        return [*kept, *[b""] * len(local)], found + local

    def _is_local(self, entity: int) -> bool:
        """Whether an imported entity stands in a function."""
        nodes = self._module.nodes
        parts, references = self._node(nodes[entity])
        scopes = [reference for reference, part in zip(references, parts, strict=False)
                  if part.endswith(b"scope: ")]
        return not scopes or nodes[scopes[0]].removeprefix(b"distinct ").startswith(_LOCAL_SCOPES)

    def _drags(self, one: Global) -> bool:
        """Whether a mere reference brings more than a declaration, or something without a name."""
        return (one.linkage == b"appending" or one.name.isdigit()
                or (one.linkage in module_text.LOCAL and self._is_resolved(one)))

    def _is_resolved(self, one: Global) -> bool:
        """Whether it is an ifunc, or may be an alias of one."""
        if one.kind != module_text.ALIAS:
            return one.kind == module_text.IFUNC
        name = module_text.aliasee(one)
        target = self._module.defined.get(name) if name else None
        return target is None or self._is_resolved(target)
