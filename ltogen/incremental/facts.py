"""What one version of a module says, by symbol, and whether another version says the same.

A backend reads of another module the definitions that its index takes, in the module's order, with
what they drag along, and what every import brings: flags, named metadata, compile units. All else
may change, but for one thing. After an import, LLVM puts all variables that both modules name
behind the importer's others, in the other module's order. So the order of variables counts: of all
that have a name elsewhere, and of the local ones among them that what is taken refers to.

"The same" is claimed only of what is known to be: what this reader does not understand has a digest
of the whole module's text in it, and no other version has that.
"""

from __future__ import annotations

import marshal
import re
from collections import Counter
from hashlib import md5

from ltogen.incremental import module_text
from ltogen.incremental.graph import Content, digest, same_identities
from ltogen.incremental.module_graph import ModuleGraph
from ltogen.incremental.module_text import Global, ModuleText, UnknownText
from ltogen.incremental.printed import printed

_VERSION = 1  # of how facts are made and kept
_EVERY = 0  # the place of what every import brings among symbols
# LLVM's IRMover leaves these to the module that they are of.
_NOT_IMPORTED = (b"!llvm.pseudo_probe_desc", b"!llvm.stats")
_NUMBERED_TYPE = re.compile(rb'%[0-9]+$|.*\.[0-9]+"?$')
_SRCLOC = re.compile(rb'("[^"]*")|!srcloc (![0-9]+)')
_NODE = re.compile(rb'"[^"]*"|(![0-9]+)')


class Symbol:
    """What a module says of one definition."""

    __slots__ = ("digest", "kind", "locals", "name", "place", "shared")

    def __init__(self, name: str, kind: int, place: int, digest: bytes, shared: dict[int, int],
                 locals: list[int]) -> None:
        """`place` is in the order of all definitions of one kind.

        `shared` says which nodes that several symbols meet are met where, and `locals` names the
        local variables that it refers to by their places among all variables.
        """
        self.name, self.kind, self.place, self.digest = name, kind, place, digest
        self.shared, self.locals = shared, locals

    def fields(self) -> tuple[str, int, int, bytes, dict[int, int], list[int]]:
        """What it is made from."""
        return self.name, self.kind, self.place, self.digest, self.shared, self.locals


class Facts:
    """What one version of a module says."""

    __slots__ = ("every", "symbols", "variables", "whole")

    def __init__(self, whole: bytes, every: Symbol, symbols: dict[int, Symbol],
                 variables: list[tuple[bytes, bool]]) -> None:
        """`whole` is a digest of what the module's own backend reads, `every` what an import always
        brings. `symbols` are by GUID. `variables` are in order, each by a digest of its name, and
        with whether the order matters whatever is taken.
        """
        self.whole, self.every, self.symbols, self.variables = whole, every, symbols, variables

    def pack(self) -> bytes:
        """As bytes, to be kept."""
        symbols = {guid: symbol.fields() for guid, symbol in self.symbols.items()}
        return marshal.dumps(
            (_VERSION, self.whole, self.every.fields(), self.variables, symbols), 2)


def unpack(data: bytes) -> Facts | None:
    """Facts that were kept; None if another version of this code kept them, or something else."""
    try:
        version, whole, every, variables, symbols = marshal.loads(data)
        if version != _VERSION:
            return None
        return Facts(whole, Symbol(*every), {guid: Symbol(*fields)
                                             for guid, fields in symbols.items()}, variables)
    except (ValueError, TypeError, EOFError):
        return None


def guid(name: bytes, source: bytes | None = None) -> int:
    """LLVM's number of a global; `source` is the module's source file name for a local one."""
    name = name.removeprefix(b"\1")
    if source is not None:
        name = (source or b"<unknown>") + b";" + name
    return int.from_bytes(md5(name, usedforsecurity=False).digest()[:8], "little")


def facts_of(bitcode: bytes, clang: tuple[str, ...] = ()) -> Facts | None:
    """What the module in `bitcode` says; None if it cannot be read.

    `clang` are the words of the compiler's command, for bitcode that nobody else at hand can read.
    """
    text = printed(bitcode, clang)
    try:
        return of_text(text) if text else None
    except UnknownText:
        return None


def of_text(text: bytes) -> Facts:
    """What the module with this text says. Raises UnknownText."""
    return _Reader(ModuleText(text), text).facts()


def same_module(old: Facts, new: Facts) -> bool:
    """Whether the module's own backend reads the same."""
    return old.whole == new.whole


def same_for_importer(old: Facts, new: Facts, taken: set[int]) -> bool:
    """Whether a backend that takes the definitions `taken` reads the same."""
    return not changed(old, new, taken)


def changed(old: Facts, new: Facts, taken: set[int]) -> list[str]:
    """What a backend that takes the definitions `taken` would see changed, for people.

    Empty if and only if it would read the same.
    """
    if old.every.digest != new.every.digest:
        return ["what every import brings"]
    both = [one for one in sorted(taken) if one in old.symbols and one in new.symbols]
    found = [f"a definition ({one:016x}) is missing" for one in sorted(taken.difference(both))]
    found += [f"{_KINDS[symbol.kind]} {symbol.name}" for one in both
              if (symbol := new.symbols[one]).digest != old.symbols[one].digest]
    if found:
        return found
    before, after = ([facts.symbols[one] for one in both] for facts in (old, new))
    if _order(before) != _order(after):
        return ["the order of definitions"]
    if _variables(old, before) != _variables(new, after):
        return ["the order of variables"]
    pairs = zip([old.every, *before], [new.every, *after], strict=True)
    if not same_identities((one.shared, other.shared) for one, other in pairs):
        return ["what metadata is shared"]
    return []


_KINDS = ("function", "variable", "alias", "ifunc")


def _order(symbols: list[Symbol]) -> list[int]:
    """The symbols' numbers in the list, in the module's order."""
    return sorted(range(len(symbols)), key=lambda one: (symbols[one].kind, symbols[one].place))


def _variables(facts: Facts, symbols: list[Symbol]) -> list[bytes]:
    """The variables whose order matters, in order."""
    named = {place for symbol in (facts.every, *symbols) for place in symbol.locals}
    return [name for place, (name, always) in enumerate(facts.variables)
            if always or place in named]


class _Reader:
    """Finds the facts of one module."""

    def __init__(self, module: ModuleText, text: bytes) -> None:
        self._module, self._text = module, text
        self._unknown = digest(text)
        self._graph = ModuleGraph(module, self._unknown)
        self._met: dict[int, list[int]] = {}  # the vertices that a symbol meets, as they are met
        # (LLVM does not move what is appended to, such as the list of constructors.)
        self._ordered = [one for one in module.variables if one.linkage != b"appending"]
        self._variables = {self._graph.places[b"@" + one.name]: place
                           for place, one in enumerate(self._ordered)}
        # What metadata names is not looked for in each symbol.
        self._always = {vertex for content in self._graph.graph.content[:len(module.nodes)]
                        for vertex in content if isinstance(vertex, int)} & self._variables.keys()
        self._members: dict[bytes, list[bytes]] = {}
        for one in module.defined.values():
            if one.comdat:
                self._members.setdefault(one.comdat, []).append(one.name)

    def facts(self) -> Facts:
        """All of them."""
        module = self._module
        every = self._symbol(_EVERY, b"", 0, 0, self._every())
        symbols: dict[int, Symbol] = {}
        places: Counter[int] = Counter()
        for one in module.defined.values():
            name = module_text.unescaped(one.name)
            local = one.linkage in module_text.LOCAL
            number = guid(name, module.source if local else None)
            if number in symbols or number == _EVERY:
                raise UnknownText("two definitions of one GUID")
            symbols[number] = self._symbol(number, name, one.kind, places[one.kind],
                                           self._definition(one))
            places[one.kind] += 1
        self._keep_shared([every, *symbols.values()], [_EVERY, *symbols])
        variables = [(digest(one.name)[:8],
                      one.linkage not in module_text.LOCAL
                      or self._graph.places[b"@" + one.name] in self._always)
                     for one in self._ordered]
        return Facts(_whole(self._text), every, symbols, variables)

    def _symbol(self, number: int, name: bytes, kind: int, place: int, content: Content) -> Symbol:
        found, self._met[number] = self._graph.graph.closure(content)
        return Symbol(name.decode("utf-8", "backslashreplace"), kind, place, found, {}, sorted(
            {self._variables[element] for element in content
             if isinstance(element, int) and element in self._variables}))

    def _keep_shared(self, symbols: list[Symbol], numbers: list[int]) -> None:
        counts = Counter(vertex for met in self._met.values() for vertex in met)
        for symbol, number in zip(symbols, numbers, strict=True):
            symbol.shared = {place: vertex for place, vertex in enumerate(self._met[number])
                             if counts[vertex] > 1}

    def _every(self) -> Content:
        """What every import brings."""
        module, graph = self._module, self._graph
        found: Content = [b"\n".join(module.header)]
        for name, value in module.named:
            found += (b"\n" + name, *([] if name in _NOT_IMPORTED else graph.content(value)))
        # Named types get other names where two modules have one of a name, and numbered ones are
        # looked for by the name without the number.
        found.append(b"\n".join(
            graph.type_digest(name) if name[1:].isdigit() else name
            for name in module.types if _NUMBERED_TYPE.match(name)))
        return [*found, *self._units()]

    def _units(self) -> Content:
        """All lists of compile units, where their types are unique in a whole program.

        Whoever comes first says what such a type is, for all modules that are imported.
        """
        module = self._module
        if not any(b" identifier: \"" in text for text in module.nodes.values()):
            return []
        whole = ModuleGraph(module, self._unknown, whole_units=True)
        return [b"".join(whole.graph.digests[place] for name, place in whole.places.items()
                         if module.nodes.get(name, b"").startswith(b"distinct !DICompileUnit(")
                         or name.startswith(b"@"))]

    def _definition(self, one: Global) -> Content:
        """A definition with all that comes along."""
        if b"blockaddress(" in one.text or one.name.isdigit():
            return [b"\0?" + self._unknown]
        found = self._graph.content(one.text)
        if one.comdat:
            members = b" ".join(self._members[one.comdat])
            found.append(b"\0;" + self._module.comdats[one.comdat] + b" " + members)
        if one.kind in (module_text.ALIAS, module_text.IFUNC):
            name = module_text.aliasee(one)
            target = self._module.defined.get(name) if name else None
            # (An alias is imported as a copy of what it is for.)
            found += [b"\0?" + self._unknown] if target is None else self._definition(target)
        return found


def _whole(text: bytes) -> bytes:
    """The digest of a module's text, but for where its inline assembler stands in the source.

    The first line of the text is a comment that says who printed it.
    """
    text = text.partition(b"\n")[2]
    if b"!srcloc !" not in text:
        return digest(text)
    located: set[bytes] = set()

    def without(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return found[1]
        located.add(found[2])
        return b"!srcloc"

    body, break_, nodes = _SRCLOC.sub(without, text).partition(b"\n!")
    lines = (break_ + nodes).split(b"\n")
    used = Counter(_NODE.findall(body)) + Counter(
        name for line in lines for name in _NODE.findall(line.partition(b" = ")[2]))
    return digest(b"\n".join([body, *(
        line if (name := line.partition(b" = ")[0]) not in located or used[name] else name
        for line in lines)]))
