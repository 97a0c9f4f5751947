"""Backends that several links could share: the same module, with the same flags.

Where the thin links also decide the same about a module, its indexes are equal, and so are the
objects. That is known at build time only, so such a backend looks for the object of an equal index
first. A program and its tests agree on most modules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ltogen.model import LinkUnit, Module

_Key = tuple[str, tuple[str, ...], tuple[str, ...], bool]


class Sharing:
    """Counts who compiles what, over all links of a graph."""

    def __init__(self, units: Iterable[LinkUnit]) -> None:
        self._users: Counter[_Key] = Counter()
        self._placed: Counter[_Key] = Counter()
        for unit in units:
            # An index without hashes is no key to what a backend makes.
            if all(module.hashed for module in unit.modules):
                self._users.update(_key(unit, module) for module in unit.modules)

    def shared(self, unit: LinkUnit, module: Module) -> bool:
        """Whether another link has the same module with the same flags."""
        return self._users[_key(unit, module)] > 1 and not module.reads

    def turn(self, unit: LinkUnit, module: Module) -> int:
        """How many links came before with this module.

        All first ones should run before the others: two that run at once find nothing to share.
        """
        key = _key(unit, module)
        self._placed[key] += 1
        return self._placed[key] - 1


def _key(unit: LinkUnit, module: Module) -> _Key:
    return module.path, module.backend_flags, unit.backend_flags, unit.pic
