"""Which globals of a module must stay in one codegen unit."""

from __future__ import annotations

import re
from collections.abc import Iterable, KeysView, Mapping

from ltogen.steps.cut.text import LOCAL, TOKEN, CannotCut, Global, Text

USED = ("@llvm.used", "@llvm.compiler.used")
_COPIED_SIZE = 4096  # of text: a constant above that is better named from afar than copied


class Cluster:
    """Globals that stay together, ordered by the first of them."""

    __slots__ = ("instructions", "members")

    def __init__(self, members: list[Global], instructions: Mapping[str, int]) -> None:
        self.members = members
        self.instructions = sum(instructions[one.name] for one in members)

    @property
    def first(self) -> Global:
        """The first function, or else the first of all."""
        return next((one for one in self.members if one.kind == "function"), self.members[0])


class _Sets:
    """Disjoint sets of names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._above = {name: name for name in names}

    @property
    def names(self) -> KeysView[str]:
        return self._above.keys()

    def find(self, name: str) -> str:
        while self._above[name] != name:
            self._above[name] = name = self._above[self._above[name]]
        return name

    def union(self, one: str, other: str) -> None:
        if one in self._above and other in self._above:
            self._above[self.find(other)] = self.find(one)


def copied(text: Text) -> set[str]:
    """Globals that each unit copies if it names them.

    These are constants whose address nobody compares, functions that must be inlined, and
    definitions that exist only to be inlined.
    """
    kept = set().union(*(text.globals[name].refs for name in USED if name in text.globals),
                       *(one.asm for one in text.globals.values()))
    found = {name for name, one in text.globals.items()
             if name not in kept and (_is_constant(one) or _is_inlined(text, one))}
    return found - _bound(text, found)


def _bound(text: Text, found: set[str]) -> set[str]:
    """Those of `found` whose assembler names a local, and those that name one of these."""
    local = {name for name, one in text.globals.items() if one.local}
    bound: set[str] = set()
    more = {name for name in found if text.globals[name].asm & local}
    while more:
        bound |= more
        more = {name for name in found - bound if text.globals[name].refs & bound}
    return bound


def check_assembler(text: Text) -> None:
    """Raises CannotCut if assembler of one global defines a symbol that another global names.

    No declaration tells another unit of such a symbol, or LLVM that it must not move there.
    """
    makers = {name: one for one in text.globals.values() for name in one.made}
    for one in text.globals.values() if makers else ():
        for name in (one.asm | one.refs) & makers.keys():
            if makers[name] is not one:
                raise CannotCut(f"{name[1:]}, which assembler makes")


def _is_constant(one: Global) -> bool:
    return (one.kind == "variable" and one.linkage == "private" and not one.comdat
            and not one.section and " unnamed_addr constant " in one.head
            and len(one.text) <= _COPIED_SIZE and not one.refs)


def _is_inlined(text: Text, one: Global) -> bool:
    if one.linkage == "available_externally":
        return True
    if one.kind != "function" or one.blocks or one.comdat not in ("", f"${one.name[1:]}"):
        return False
    if one.linkage not in (*LOCAL, "linkonce_odr"):
        return False
    return _must_be_inlined(text, one) and not (one.local and _is_pointed_to(text, one.name))


def _must_be_inlined(text: Text, one: Global) -> bool:
    groups = (text.attributes.get(token, "") for token in TOKEN.findall(one.head)
              if token[0] == "#")
    return one.kind == "function" and any(" alwaysinline " in group for group in groups)


def _is_pointed_to(text: Text, name: str) -> bool:
    """Whether a function is named other than in a call: two copies would have two addresses."""
    other = re.compile(re.escape(name) + r"(?![-\w$.(])", re.ASCII)
    return any(other.search(user.text) for user in text.globals.values() if name in user.refs)


def users(text: Text) -> dict[str, list[Global]]:
    """The globals that name each global."""
    found: dict[str, list[Global]] = {name: [] for name in text.globals}
    for one in text.globals.values():
        if one.name not in USED:
            for name in one.refs:
                if name in found:
                    found[name].append(one)
    return found


def clusters(text: Text, count: int, apart: set[str],
             named_by: Mapping[str, list[Global]]) -> list[Cluster]:
    """All globals in clusters, in the order of the module; those `apart` are copied instead.

    `named_by` has the users of each.
    """
    sets = _Sets(name for name in text.globals if name not in USED and name not in apart)
    groups: dict[str, str] = {}
    for one in text.globals.values():
        for name in _only_here(text, one, apart):
            for user in (*named_by[name], one):
                sets.union(user.name, name)
        if one.name not in USED:
            _keep_together(sets, one, groups)
    instructions = _instructions(text, apart)
    _keep_with_single_user(sets, text, named_by, instructions, count)
    found: dict[str, list[Global]] = {}
    for one in text.globals.values():
        if one.name not in apart and one.name not in USED:
            found.setdefault(sets.find(one.name), []).append(one)
    made = [Cluster(members, instructions) for members in found.values()]
    made.sort(key=lambda cluster: cluster.first.place)
    return made


def _only_here(text: Text, one: Global, apart: set[str]) -> set[str]:
    """The locals that only the unit of one global can name."""
    # What must keep its name, for assembler says it, ...
    named = one.refs if one.name in USED else one.asm
    found = {name for name in named & text.globals.keys() if text.globals[name].local}
    # ... and what is inlined where it is used, and is no copy there.
    if one.name not in apart and _must_be_inlined(text, one):
        found.add(one.name)
    return found


def _keep_together(sets: _Sets, one: Global, groups: dict[str, str]) -> None:
    """Keep together what the object format, or LLVM, needs in one module."""
    # An alias is a second name for a definition; constructors are evaluated when they are known.
    bound = one.refs if one.kind in ("alias", "ifunc") or one.name == "@llvm.global_ctors" else ()
    for name in (*bound, *one.blocks):
        sets.union(name, one.name)
    # (Variables of a section may count on their order.)
    for key in (one.comdat, one.section if one.kind == "variable" else ""):
        if key:
            sets.union(groups.setdefault(key, one.name), one.name)


def _instructions(text: Text, apart: set[str]) -> dict[str, int]:
    """Instructions of each global, with those of copies that LLVM inlines into it."""
    copies = {name for name in apart if text.globals[name].kind == "function"}
    known: dict[str, int] = {}

    def count(name: str, above: tuple[str, ...]) -> int:
        if name not in known:
            one = text.globals[name]
            known[name] = one.instructions + sum(
                one.text.count(f"{copy}(") * count(copy, (*above, name))
                for copy in one.refs & copies if copy not in above)
        return known[name]

    for name in text.globals:
        count(name, (name,))
    return known


def _keep_with_single_user(sets: _Sets, text: Text, named_by: Mapping[str, list[Global]],
                           instructions: Mapping[str, int], count: int) -> None:
    """Keep a local function with its only user: LLVM may inline it there."""
    sizes = {name: instructions[name] for name in sets.names}
    total = sum(sizes.values())
    # A power of two, so that it stays the same when a function changes.
    limit = 1 << max((total // count // 4).bit_length() - 1, 0)
    for one in text.globals.values():
        if one.kind == "function" and one.local and len(named_by[one.name]) == 1:
            (user,) = named_by[one.name]
            if user.kind != "function" or not {one.name, user.name} <= sets.names:
                continue
            mine, other = sets.find(one.name), sets.find(user.name)
            if mine != other and sizes[mine] + sizes[other] <= limit:
                sizes[other] += sizes[mine]
                sets.union(other, mine)


def stable_name(one: Global) -> bool:
    """Whether its name does not depend on its position in the module."""
    return not re.search(r'^@"?(?:\.str|\d)|\.\d+"?$', one.name)
