"""Digests of what refers to each other: metadata, and globals as another module sees them.

A vertex is a metadata node or the head of a global. Its digest covers all that is reached from it,
whatever the numbers are. What refers to each other in a circle is put in the order of a walk that
begins at a vertex chosen by content, so that equal digests mean equal structure.

LLVM also distinguishes nodes of equal content: each loop has one of its own, and whether two
functions share one matters. A vertex is *exposed* if it is such a node, or another vertex has the
same digest, or something exposed is reached from it. Those are written out wherever they are met,
numbered in the order of the first meetings, and who is met where is kept beside the digest: of two
versions of several symbols, `same_identities` then says whether all share alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from ltogen.incremental.components import components
from ltogen.incremental.digests import digest, mark

# Text, and the vertices that stand between its parts: one less than there are parts.
Content = tuple[list[bytes], list[int]]
# The distinct nodes that LLVM makes many of; these are always exposed, however many there are.
_MANY = (b"distinct !{", b"distinct !DIAssignID(")


def walk(content: Content, contents: Callable[[int], Content],
         known: Callable[[int], bytes | None] = lambda _: None) -> tuple[bytes, list[int]]:
    """The digest of `content` with all that it reaches, and the vertices as they are met.

    `contents` says what a vertex is made of. One whose mark is `known` is not gone into.
    """
    met: dict[int, bytes] = {}
    queue: list[int] = []
    written: list[bytes] = []

    def write(content: Content) -> None:
        parts, references = content
        written.append(parts[0])
        for vertex, part in zip(references, parts[1:], strict=True):
            text = known(vertex) or met.get(vertex)
            if text is None:
                text = met[vertex] = b"\0#%d\0" % len(queue)
                queue.append(vertex)
            written.append(text)
            written.append(part)

    write(content)
    for vertex in queue:
        written.append(b"\0;")
        write(contents(vertex))
    return digest(b"".join(written)), queue


class Graph:
    """All vertices of a module, with their digests."""

    def __init__(self, contents: list[Content]) -> None:
        """A vertex is a place in `contents`."""
        self._contents = contents
        self.marks: list[bytes] = [b""] * len(contents)
        self._exposed = bytearray(len(contents))
        found = components([references for _, references in contents])
        for component in found:
            self._add_marks(component)
        counts = Counter(self.marks)
        for component in found:
            if any(self._is_exposed(vertex, counts) for vertex in component):
                for vertex in component:
                    self._exposed[vertex] = 1

    def _add_marks(self, component: Sequence[int]) -> None:
        marks = self.marks
        if len(component) == 1:
            parts, references = self._contents[component[0]]
            if component[0] not in references:
                rest = [marks[vertex] + part
                        for vertex, part in zip(references, parts[1:], strict=True)]
                marks[component[0]] = mark(b"".join((parts[0], *rest)))
                return
        self._add_circle(component)

    def _add_circle(self, component: Sequence[int]) -> None:
        """What refers to each other, in the order of a walk from the one whose text comes first."""
        members = set(component)
        # (Nothing inside is known yet: its mark is empty.)
        texts = {vertex: self._text(vertex, {}) for vertex in component}
        order = {min(component, key=lambda vertex: (texts[vertex], vertex)): 0}
        for vertex in (queue := list(order)):
            for other in self._contents[vertex][1]:
                if other in members and other not in order:
                    order[other] = len(order)
                    queue.append(other)
        whole = digest(b"\0;".join([self._text(vertex, order) for vertex in queue]))
        for vertex, place in order.items():
            self.marks[vertex] = mark(b"%s%d" % (whole, place))

    def _text(self, vertex: int, order: dict[int, int]) -> bytes:
        parts, references = self._contents[vertex]
        return parts[0] + b"".join([
            (b"\0#%d\0" % order[other] if other in order else self.marks[other]) + part
            for other, part in zip(references, parts[1:], strict=True)])

    def _is_exposed(self, vertex: int, counts: Counter[bytes]) -> bool:
        parts, references = self._contents[vertex]
        exposed = self._exposed
        return (counts[self.marks[vertex]] > 1 or parts[0].startswith(_MANY)
                or any(map(exposed.__getitem__, references)))

    def closure(self, content: Content) -> tuple[bytes, list[int]]:
        """The digest of `content` with all that it reaches, and the exposed vertices as met."""
        exposed, marks = self._exposed, self.marks
        return walk(content, self._contents.__getitem__,
                    lambda vertex: None if exposed[vertex] else marks[vertex])


def same_identities(pairs: Iterable[tuple[dict[int, int], dict[int, int]]]) -> bool:
    """Whether vertices of two versions are shared alike between symbols.

    For each symbol and version: which vertex is met at which place, for those that more than one
    symbol meets. One that is left out is met nowhere else.
    """
    forth: dict[int, object] = {}
    back: dict[int, object] = {}
    for number, (old, new) in enumerate(pairs):
        for place in old.keys() | new.keys():
            alone = (number, place)  # stands for a vertex that is met here only
            one, other = old.get(place, alone), new.get(place, alone)
            if (isinstance(one, int) and forth.setdefault(one, other) != other) or (
                    isinstance(other, int) and back.setdefault(other, one) != one):
                return False
    return True
