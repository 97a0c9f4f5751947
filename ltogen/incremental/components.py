"""Strongly connected components of a graph: Tarjan's search, without recursion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def components(following: Sequence[Sequence[int]]) -> list[Sequence[int]]:
    """The components of a graph whose vertex N refers to `following[N]`.

    Each stands behind all that it refers to.
    """
    search = _Search(following)
    for root in range(len(following)):
        search.walk(root)
    return search.found


class _Search:
    def __init__(self, following: Sequence[Sequence[int]]) -> None:
        self.found: list[Sequence[int]] = []
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
