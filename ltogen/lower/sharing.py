"""Backends that several links may share: the same module, with the same flags.

If the thin links also make the same key for a module, the second backend takes the object of the
first out of the store. A program and its tests agree on most modules.
"""

from __future__ import annotations

from collections import Counter

from ltogen.model.link_unit import ThinLinkUnit, ThinModule

_Backend = tuple[str, tuple[str, ...], tuple[str, ...], bool]


class Sharing:
    """Counts the links that compile each module, over all links of a graph."""

    def __init__(self) -> None:
        self._placed: Counter[_Backend] = Counter()

    def turn(self, unit: ThinLinkUnit, module: ThinModule) -> int:
        """The number of earlier links with this module.

        All first backends should run before the others: two that run at once would wait.
        """
        backend = module.path, module.backend_flags, unit.backend_flags, unit.pic
        self._placed[backend] += 1
        return self._placed[backend] - 1
