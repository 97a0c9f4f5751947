"""Digests of what refers to each other: metadata, and globals as another module sees them.

A vertex is a metadata node (`!7`) or the head of a global (`@name`). Its digest covers all that is
reached from it, whatever the numbers are. What refers to each other in a circle is put in the order
of a walk that begins at a vertex chosen by content, so that equal digests mean equal structure.

LLVM also distinguishes nodes of equal content: each loop has one of its own, and whether two
functions share one matters. A vertex is *exposed* if it is such a node, or another vertex has the
same digest, or something exposed is reached from it. Those are written out wherever they are met,
numbered in the order of the first meetings, and who is met where is kept beside the digest: of two
versions of several symbols, `same_identities` then says whether all share alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b

_SIZE = 16  # bytes of a digest
# The elements of a vertex's content: text, or a vertex that it refers to (by its place).
Content = list["bytes | int"]
# The distinct nodes that LLVM makes many of; these are always exposed, however many there are.
_MANY = (b"distinct !{", b"distinct !DIAssignID(")


def digest(data: bytes) -> bytes:
    """Sixteen bytes that are equal for equal data."""
    return blake2b(data, digest_size=_SIZE).digest()


class Graph:
    """All vertices of a module, with their digests."""

    def __init__(self, names: Iterable[bytes], content: Callable[[bytes], Content]) -> None:
        """`content` says what a vertex is made of, with the places of others among `names`."""
        self.content = [content(name) for name in names]
        self.digests = [b""] * len(self.content)
        self.exposed = bytearray(len(self.content))
        self._components = _components(self.content)
        for component in self._components:
            self._add_digests(component)
        self._expose()

    def _add_digests(self, component: list[int]) -> None:
        if len(component) == 1 and component[0] not in self.content[component[0]]:
            vertex = component[0]
            self.digests[vertex] = digest(self._written(vertex, {}))
            return
        members = set(component)
        # (What is not known yet is only marked: all of it is in the component.)
        marked = {vertex: self._written(vertex, dict.fromkeys(members, 0)) for vertex in component}
        order = {min(component, key=lambda vertex: (marked[vertex], vertex)): 0}
        for vertex in (queue := list(order)):
            for element in self.content[vertex]:
                if isinstance(element, int) and element in members and element not in order:
                    order[element] = len(order)
                    queue.append(element)
        whole = digest(b"\0;".join(self._written(vertex, order) for vertex in order))
        for vertex, place in order.items():
            self.digests[vertex] = digest(b"%s%d" % (whole, place))

    def _written(self, vertex: int, order: dict[int, int]) -> bytes:
        """The content in an unambiguous form: text has no NUL inside."""
        digests = self.digests
        return b"".join([
            element if isinstance(element, bytes) else
            b"\0#%d\0" % order[element] if element in order else b"\0=" + digests[element]
            for element in self.content[vertex]])

    def _expose(self) -> None:
        counts = Counter(self.digests)
        for component in self._components:
            if any(self._is_exposed(vertex, counts) for vertex in component):
                for vertex in component:
                    self.exposed[vertex] = 1

    def _is_exposed(self, vertex: int, counts: Counter[bytes]) -> bool:
        content = self.content[vertex]
        first = content[0] if content else b""
        return (counts[self.digests[vertex]] > 1
                or (isinstance(first, bytes) and first.startswith(_MANY))
                or any(isinstance(element, int) and self.exposed[element] for element in content))

    def closure(self, content: Content) -> tuple[bytes, list[int]]:
        """The digest of `content` with all that it reaches, and the exposed vertices as met."""
        met: dict[int, int] = {}
        queue: list[int] = []
        parts = [self._met(content, met, queue)]
        for vertex in queue:
            parts.append(b"\0;" + self._met(self.content[vertex], met, queue))
        return digest(b"".join(parts)), queue

    def _met(self, content: Content, met: dict[int, int], queue: list[int]) -> bytes:
        parts: list[bytes] = []
        for element in content:
            if isinstance(element, bytes):
                parts.append(element)
            elif self.exposed[element]:
                if element not in met:
                    met[element] = len(queue)
                    queue.append(element)
                parts.append(b"\0#%d\0" % met[element])
            else:
                parts.append(b"\0=" + self.digests[element])
        return b"".join(parts)


def _components(contents: list[Content]) -> list[list[int]]:
    """The strongly connected components, each behind all that it refers to."""
    search = _Search([[element for element in content if isinstance(element, int)]
                      for content in contents])
    for root in range(len(contents)):
        search.walk(root)
    return search.found


class _Search:
    """Tarjan's search for strongly connected components, without recursion."""

    def __init__(self, following: list[list[int]]) -> None:
        self.found: list[list[int]] = []
        self._following = following
        self._number = [0] * len(following)  # when a vertex was first met, from 1
        self._lowest = [0] * len(following)
        self._closed = bytearray(len(following))  # in a component that was found
        self._stack: list[int] = []
        self._count = 0

    def walk(self, root: int) -> None:
        """Find what can be reached from `root`."""
        if self._number[root]:
            return
        number, lowest, closed = self._number, self._lowest, self._closed
        work = [self._entered(root)]
        while work:
            vertex, others = work[-1]
            for other in others:
                if not number[other]:
                    work.append(self._entered(other))
                    break
                if not closed[other] and number[other] < lowest[vertex]:
                    lowest[vertex] = number[other]
            else:
                work.pop()
                if lowest[vertex] == number[vertex]:
                    self._close(vertex)
                elif lowest[vertex] < lowest[above := work[-1][0]]:
                    lowest[above] = lowest[vertex]

    def _entered(self, vertex: int) -> tuple[int, Iterator[int]]:
        self._count += 1
        self._number[vertex] = self._lowest[vertex] = self._count
        self._stack.append(vertex)
        return vertex, iter(self._following[vertex])

    def _close(self, first: int) -> None:
        component: list[int] = []
        while not component or component[-1] != first:
            component.append(self._stack.pop())
            self._closed[component[-1]] = 1
        self.found.append(component)


def same_identities(pairs: Iterable[tuple[dict[int, int], dict[int, int]]]) -> bool:
    """Whether vertices of two versions are shared alike between symbols.

    For each symbol and version: which vertex is met at which place, for those that more than one
    symbol meets. One that is left out is met nowhere else.
    """
    forth: dict[int, object] = {}
    back: dict[int, object] = {}
    for number, (old, new) in enumerate(pairs):
        for place in old.keys() | new.keys():
            alone = (number, place)
            one, other = old.get(place), new.get(place)
            if one is not None and forth.setdefault(one, alone if other is None else other) != (
                    alone if other is None else other):
                return False
            if other is not None and back.setdefault(other, alone if one is None else one) != (
                    alone if one is None else one):
                return False
    return True
