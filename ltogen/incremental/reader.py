"""Finds out what a module says: its facts, from its bitcode."""

from __future__ import annotations

import gc
import re
from collections import Counter

from ltogen.incremental import module_text
from ltogen.incremental.digests import digest
from ltogen.incremental.facts import Facts, Symbol, guid
from ltogen.incremental.graph import Content, walk
from ltogen.incremental.module_graph import UNIT, ModuleGraph
from ltogen.incremental.module_text import Global, ModuleText, UnknownText
from ltogen.incremental.printed import printed

# LLVM's IRMover leaves these to the module that they are of.
_NOT_IMPORTED = (b"!llvm.pseudo_probe_desc", b"!llvm.stats")
_NUMBERED_TYPE = re.compile(rb'%[0-9]+$|.*\.[0-9]+"?$')
_UNIQUE = b' identifier: "'
_SRCLOC = re.compile(rb'("[^"]*")|!srcloc (![0-9]+)')
_ADDRESSED = re.compile(rb'blockaddress\(@("[^"]*"|[-\w$.]+),')
_NODE = re.compile(rb'"[^"]*"|(![0-9]+)')


def facts_of(bitcode: bytes, clang: tuple[str, ...] = (), other: Facts | None = None
             ) -> Facts | None:
    """What the module in `bitcode` says; None if it cannot be read.

    `clang` are the words of the compiler's command, for bitcode that nobody else at hand can read.
    If every importer sees a difference to `other`, symbols are not looked for.
    """
    text = printed(bitcode, clang)
    collects = gc.isenabled()
    gc.disable()  # (Of the many small lists, none is garbage before the end.)
    try:
        return of_text(text, other) if text else None
    except (UnknownText, LookupError, ValueError):
        return None
    finally:
        if collects:
            gc.enable()


def of_text(text: bytes, other: Facts | None = None) -> Facts:
    """What the module with this text says.

    Raises UnknownText, LookupError or ValueError for a text that is not LLVM's.
    """
    reader = _Reader(ModuleText(text), digest(text), set(_ADDRESSED.findall(text)))
    every = reader.every()
    if other is not None and other.every.digest != every.digest:
        return Facts(_whole(text), every)
    symbols = reader.symbols()
    variables = reader.variables()
    reader.keep_shared([every, *symbols.values()])
    return Facts(_whole(text), every, reader.types(), variables, symbols)


class _Reader:
    """Finds the facts of one module."""

    def __init__(self, module: ModuleText, whole: bytes, addressed: set[bytes]) -> None:
        """`addressed` are the functions of whose blocks somebody has the address."""
        self._module, self._addressed = module, addressed
        self._unknown = b"\0=" + whole
        self._parts = ModuleGraph(module, whole)
        self._met: list[list[int]] = []  # the vertices that each symbol meets, as they are met
        # (LLVM does not move what is appended to, such as the list of constructors.)
        self._variables = [one for one in module.variables if one.linkage != b"appending"]
        self._members: dict[bytes, list[bytes]] = {}
        for one in module.defined.values():
            if one.comdat:
                self._members.setdefault(one.comdat, []).append(one.name)

    def every(self) -> Symbol:
        """What every import brings."""
        module, parts = self._module, self._parts
        texts, references = [b"\n".join(module.header) + self._numbered_types()], []
        for name, value in module.named:
            texts[-1] += b"\n" + name
            if name not in _NOT_IMPORTED:
                more, others = parts.content(value)
                texts[-1] += more[0]
                texts += more[1:]
                references += others
        return self._symbol(b"", 0, 0, walk((texts, references), parts.vertex), [])

    def _numbered_types(self) -> bytes:
        """The types whose name is a number or ends with one.

        In one program, types of different modules get other names where both have one of a name,
        and those with a number are looked for by the name without it.
        """
        return b"\n".join([
            self._parts.type_mark(name) if name[1:].isdigit() else name
            for name in self._module.types if _NUMBERED_TYPE.match(name)])

    def types(self) -> bytes:
        """A digest of all that is read of debug information, if it has types unique in the program.

        That is what compile units list, and what belongs to variables.
        """
        module = self._module
        if not any(_UNIQUE in text for text in module.nodes):
            return b""
        marks = self._parts.graph(whole_units=True).marks
        return digest(b"".join(
            [marks[place] for place, text in enumerate(module.nodes) if text.startswith(UNIT)]
            + [marks[self._parts.place(one.name)] for one in module.variables if b"!" in one.head]))

    def symbols(self) -> dict[int, Symbol]:
        """All definitions, by GUID."""
        module = self._module
        graph = self._parts.graph()
        local = {self._parts.place(one.name): place
                 for place, one in enumerate(self._variables) if one.linkage in module_text.LOCAL}
        found: dict[int, Symbol] = {}
        places: Counter[int] = Counter()
        for one in module.defined.values():
            name = module_text.unescaped(one.name)
            number = guid(name, module.source if one.linkage in module_text.LOCAL else None)
            if number in found:
                raise UnknownText("two definitions of one GUID")
            content = self._definition(one)
            found[number] = self._symbol(
                name, one.kind, places[one.kind], graph.closure(content),
                sorted({local[vertex] for vertex in content[1] if vertex in local}))
            places[one.kind] += 1
        return found

    def _symbol(self, name: bytes, kind: int, place: int, closure: tuple[bytes, list[int]],
                locals: list[int]) -> Symbol:
        found, met = closure
        self._met.append(met)
        return Symbol(name.decode("utf-8", "backslashreplace"), kind, place, found, {}, locals)

    def keep_shared(self, symbols: list[Symbol]) -> None:
        """Note for each symbol what it meets that another one meets too."""
        counts = Counter(vertex for met in self._met for vertex in met)
        for symbol, met in zip(symbols, self._met, strict=True):
            symbol.shared = {place: vertex for place, vertex in enumerate(met)
                             if counts[vertex] > 1}

    def variables(self) -> list[tuple[bytes, bool]]:
        """The variables in order, with whether that counts whatever is taken."""
        # (What metadata names is not looked for in each symbol.)
        named = b"\n".join([text for text in self._module.nodes if b"@" in text])
        return [(digest(one.name)[:8],
                 one.linkage not in module_text.LOCAL or b"@" + one.name in named)
                for one in self._variables]

    def _definition(self, one: Global) -> Content:
        """A definition with all that comes along."""
        if (b"blockaddress(" in one.text or one.name.isdigit() or one.name in self._addressed):
            return [self._unknown], []
        parts, references = self._parts.content(one.text)
        if one.comdat:
            parts[-1] += b"\0;" + self._module.comdats[one.comdat]
            parts[-1] += b" ".join(self._members[one.comdat])
        if one.kind in (module_text.ALIAS, module_text.IFUNC):
            # (An alias is imported as a copy of what it is for.)
            name = module_text.aliasee(one)
            target = self._module.defined.get(name) if name else None
            more, others = ([self._unknown], []) if target is None else self._definition(target)
            parts[-1] += b"\0;" + more[0]
            return parts + more[1:], references + others
        return parts, references


def _whole(text: bytes) -> bytes:
    """The digest of a module's text, but for where its inline assembler stands in the source."""
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
