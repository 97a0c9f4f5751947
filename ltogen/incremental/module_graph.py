"""The graph of a module's text: what each line drags along when another module imports it.

An import brings a definition's own text, and with it: the heads of the globals that it names (they
become declarations), the bodies of named types, attributes, and all metadata that can be reached.
Of a compile unit it brings neither lists of types, enumerators, macros and globals, nor imported
entities outside of functions (LLVM's IRMover).
"""

from __future__ import annotations

import itertools

from ltogen.incremental import module_text
from ltogen.incremental.graph import Content, Graph, digest
from ltogen.incremental.module_text import TOKEN, Global, ModuleText

_LEFT_OUT = (b"enums: ", b"retainedTypes: ", b"globals: ", b"macros: ")
_UNIT = b"distinct !DICompileUnit("
_LOCAL_SCOPES = (b"!DISubprogram(", b"!DILexicalBlock(", b"!DILexicalBlockFile(")


class ModuleGraph:
    """A module's text, split where a line refers to something; and digests of that."""

    def __init__(self, module: ModuleText, unknown: bytes, *, whole_units: bool = False) -> None:
        """`unknown` stands for what cannot be compared: it differs between any two modules.

        With `whole_units`, compile units have all their lists.
        """
        self._module, self._unknown, self._whole_units = module, unknown, whole_units
        self._globals = {b"@" + name: one for among in (module.declared, module.defined)
                         for name, one in among.items()}
        names = [*module.nodes, *self._globals]
        self._names = names
        self.places = {name: place for place, name in enumerate(names)}
        self._types: dict[bytes, bytes] = {}
        self.graph = Graph(names, self._vertex)

    def content(self, text: bytes) -> Content:
        """What a text is made of."""
        found: Content = []
        pieces = TOKEN.split(text)
        raw = pieces[0]
        raw = [pieces[0]]
        for token, after in zip(pieces[1::2], pieces[2::2], strict=True):
            element = self._element(token)
            if isinstance(element, int):
                # (A number says nothing, a name does.)
                found += (b"".join((*raw, token) if token[:1] == b"@" else raw), element)
                raw = [after]
            else:
                raw += (element, after)
        found.append(b"".join(raw))
        return found

    def _element(self, token: bytes) -> bytes | int:
        first = token[:1]
        if first == b'"':
            return token
        if first == b"%":
            return self.type_digest(token) if token in self._module.types else token
        if first == b"#":
            # (The bodies of attributes have no name in them.)
            return b"#{" + self._module.attributes.get(token, b"\0?" + self._unknown) + b"}"
        if token.startswith(b"!srcloc"):
            return b"!srcloc"
        return self.places.get(token, b"\0?" + self._unknown)

    def type_digest(self, name: bytes) -> bytes:
        """A named type's name, with a digest of its body."""
        known = self._types.get(name)
        if known is None:
            self._types[name] = b"\0?" + self._unknown  # (of a type that has itself inside)
            body = b"".join(
                piece if not piece.startswith(b"%") else
                self.type_digest(piece) if piece in self._module.types else piece
                for piece in TOKEN.split(self._module.types[name]))
            known = self._types[name] = name + b"\0=" + digest(body)
        return known

    def _vertex(self, name: bytes) -> Content:
        if name[:1] == b"@":
            return self._head(self._globals[name])
        text = self._module.nodes[name]
        if text.startswith(_UNIT) and not self._whole_units:
            return self._unit(text)
        return self.content(text)

    def _head(self, one: Global) -> Content:
        if self._drags(one):
            return [b"\0?" + self._unknown]
        own = self.places[b"@" + one.name]
        return [element for element in self.content(one.head) if element != own]

    def _unit(self, text: bytes) -> Content:
        """What an import brings of a compile unit."""
        found: Content = [b""]
        local: Content = []
        for element in self.content(text):
            before = found[-1]
            if not isinstance(element, int) or not isinstance(before, bytes):
                found.append(element)
            elif before.endswith(_LEFT_OUT):
                found[-1] = before[:before.rindex(b", ")]
            elif before.endswith(b"imports: "):
                found[-1] = before[:before.rindex(b", ")]
                local = [entity for entity in self._referred(element) if self._is_local(entity)]
            else:
                found.append(element)
        return [b"distinct !DICompileUnit", *found, b"{", *local, b"}"]

    def _referred(self, place: int) -> list[int]:
        return [element for element in self.content(self._text(place)) if isinstance(element, int)]

    def _is_local(self, entity: int) -> bool:
        """Whether an imported entity stands in a function."""
        content = self.content(self._text(entity))
        for before, element in itertools.pairwise(content):
            if (isinstance(element, int) and isinstance(before, bytes)
                    and before.endswith(b"scope: ")):
                return self._text(element).removeprefix(b"distinct ").startswith(_LOCAL_SCOPES)
        return True  # (Then it is compared.)

    def _text(self, place: int) -> bytes:
        return self._module.nodes.get(self._names[place], b"")

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
