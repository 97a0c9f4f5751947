"""Backends that several links could share: the same module, with the same flags.

If the thin links also make the same index for a module, the objects are the same. That is known
only at build time, so such a backend first looks for the object of an equal index. A program and
its tests agree on most modules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ltogen.model.link_unit import ThinLinkUnit, ThinModule

_Key = tuple[str, tuple[str, ...], tuple[str, ...], bool]


class Sharing:
    """Counts the links that compile each module, over all links of a graph."""

    def __init__(self, units: Sequence[ThinLinkUnit]) -> None:
        self._users: Counter[_Key] = Counter()
        self._placed: Counter[_Key] = Counter()
        # Where an index without hashes, or a profile, has a say, an index is no key.
        self._units = {unit.final.name for unit in units if not unit.backend_reads
                       and all(module.has_key for module in unit.modules)}
        for unit in units:
            if unit.final.name in self._units:
                self._users.update(_key(unit, module) for module in unit.modules)

    def shared(self, unit: ThinLinkUnit, module: ThinModule) -> bool:
        """Whether another link has the same module with the same flags, and may have its object."""
        return (unit.final.name in self._units and not module.reads
                and self._users[_key(unit, module)] > 1)

    def turn(self, unit: ThinLinkUnit, module: ThinModule) -> int:
        """The number of earlier links with this module.

        All first backends should run before the others: two that run at once share nothing.
        """
        key = _key(unit, module)
        self._placed[key] += 1
        return self._placed[key] - 1


def _key(unit: ThinLinkUnit, module: ThinModule) -> _Key:
    return module.path, module.backend_flags, unit.backend_flags, unit.pic
