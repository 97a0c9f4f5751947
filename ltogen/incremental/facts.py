"""What one version of a module says, by symbol, and whether another version says the same.

A backend reads of another module the definitions that its index takes, in the module's order, with
what they drag along, and what every import brings: flags, named metadata, compile units. All else
may change, but for two things. After an import, LLVM puts all variables that both modules name
behind the importer's others, in the other module's order. So the order of variables counts: of all
that have a name elsewhere, and of the local ones that what is taken refers to. And where debug
information has types that are unique in the program, whichever module is read first says what such
a type is; so all of those count.

"The same" is claimed only of what is known to be: what this reader does not understand has a digest
of the whole module's text in it, and no other version has that.
"""

from __future__ import annotations

import marshal
from hashlib import md5

from ltogen.incremental.digests import DIGEST, digest
from ltogen.incremental.graph import same_identities

_VERSION = 1  # of how facts are made and kept
_KINDS = ("function", "variable", "alias", "ifunc")


class Symbol:
    """What a module says of one definition."""

    __slots__ = ("digest", "kind", "locals", "name", "place", "shared")

    def __init__(self, name: str, kind: int, place: int, digest: bytes, shared: dict[int, int],
                 locals: list[int]) -> None:
        """`place` is in the order of all definitions of one kind.

        `shared` says which metadata that several symbols meet is met where, and `locals` names the
        local variables that it refers to by their places among all variables.
        """
        self.name, self.kind, self.place, self.digest = name, kind, place, digest
        self.shared, self.locals = shared, locals

    def fields(self) -> tuple[str, int, int, bytes, dict[int, int], list[int]]:
        """What it is made from."""
        return self.name, self.kind, self.place, self.digest, self.shared, self.locals


class Facts:
    """What one version of a module says."""

    __slots__ = ("every", "symbols", "types", "variables", "whole")

    def __init__(self, whole: bytes, every: Symbol, types: bytes = b"",
                 variables: list[tuple[bytes, bool]] | None = None,
                 symbols: dict[int, Symbol] | None = None) -> None:
        """`whole` is a digest of what the module's own backend reads, `every` what an import always
        brings. `types` is of those that are unique in the program. `variables` are in order, each
        by a digest of its name, and with whether the order matters whatever is taken. `symbols` are
        by GUID; None if nobody looked for them.
        """
        self.whole, self.every, self.types = whole, every, types
        self.variables, self.symbols = variables or [], symbols

    def pack(self) -> bytes:
        """As bytes, to be kept."""
        symbols = None if self.symbols is None else {
            guid: symbol.fields() for guid, symbol in self.symbols.items()}
        data = marshal.dumps((_VERSION, self.whole, self.every.fields(), self.types,
                              self.variables, symbols), 2)
        return digest(data) + data


def unpack(data: bytes) -> Facts | None:
    """Facts that were kept; None if another version of this code kept them, or something else."""
    try:
        kept = data[DIGEST:]
        if digest(kept) != data[:DIGEST]:
            return None  # damaged: Python may crash on that
        version, whole, every, types, variables, symbols = marshal.loads(kept)
        if version != _VERSION:
            return None
        return Facts(whole, Symbol(*every), types, variables, None if symbols is None else {
            guid: Symbol(*fields) for guid, fields in symbols.items()})
    except (ValueError, TypeError, EOFError):
        return None


def guid(name: bytes, source: bytes | None = None) -> int:
    """LLVM's number of a global; `source` is the module's source file name for a local one."""
    name = name.removeprefix(b"\1")
    if source is not None:
        name = (source or b"<unknown>") + b";" + name
    return int.from_bytes(md5(name, usedforsecurity=False).digest()[:8], "little")


def same_module(old: Facts, new: Facts) -> bool:
    """Whether the module's own backend reads the same."""
    return old.whole == new.whole


def same_for_importer(old: Facts, new: Facts, taken: set[int]) -> bool:
    """Whether a backend that takes the definitions `taken` reads the same."""
    return not changed(old, new, taken)


def changed(old: Facts, new: Facts, taken: set[int]) -> list[str]:
    """What a backend that takes the definitions `taken` would see changed, for people.

    Empty if and only if it is known to read the same.
    """
    if old.every.digest != new.every.digest:
        return ["what every import brings"]
    if old.symbols is None or new.symbols is None:
        return ["something that nobody looked for"]
    if old.types != new.types:
        return ["debug information of types"]
    both = sorted(taken & old.symbols.keys() & new.symbols.keys())
    found = [f"a definition ({one:016x}) is missing" for one in sorted(taken.difference(both))]
    before, after = ([symbols[one] for one in both] for symbols in (old.symbols, new.symbols))
    found += [f"{_KINDS[other.kind]} {other.name}"
              for one, other in zip(before, after, strict=True) if one.digest != other.digest]
    if found:
        return found
    if _order(before) != _order(after):
        return ["the order of definitions"]
    if _variables(old, before) != _variables(new, after):
        return ["the order of variables"]
    pairs = zip([old.every, *before], [new.every, *after], strict=True)
    if not same_identities((one.shared, other.shared) for one, other in pairs):
        return ["what metadata is shared"]
    return []


def _order(symbols: list[Symbol]) -> list[int]:
    """The symbols' numbers in the list, in the module's order."""
    return sorted(range(len(symbols)), key=lambda one: (symbols[one].kind, symbols[one].place))


def _variables(facts: Facts, symbols: list[Symbol]) -> list[bytes]:
    """The variables whose order matters, in order."""
    named = {place for symbol in (facts.every, *symbols) for place in symbol.locals}
    return [name for place, (name, always) in enumerate(facts.variables)
            if always or place in named]
