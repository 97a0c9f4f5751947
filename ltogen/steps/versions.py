"""What two versions of a module say, for the backends that import from it and for its own.

Versions are known by their hashes. What was found out about one is kept in the store, so of a
series of edits only the new version is read, and of a program's links only the first one reads it.
What the bitcode was before the edit is beside it: cutoff.sh keeps it.
"""

from __future__ import annotations

from ltogen.base import files
from ltogen.linker import index

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from ltogen.incremental.facts import Facts
    from ltogen.incremental.index import Taken
    from ltogen.store.objects import Store

_LAST = ".last"


class Versions:
    """The versions of modules that one thin link compares."""

    def __init__(self, store: Store, compiler: tuple[str, ...]) -> None:
        self._store, self._compiler = store, compiler
        self._known: dict[str, Facts | None] = {}

    def changed(self, path: str, before: str, after: str, taken: Taken | None) -> list[str]:
        """What a backend sees that takes `taken`, or all, of the module at a path.

        The names are for people; empty if it is known to see the same.
        """
        from ltogen.incremental import facts

        old = self._facts(path, before)
        new = self._facts(path, after, old)
        if old is None or new is None:
            return ["it cannot be compared with what it was"]
        if taken is None:
            return [] if facts.same_module(old, new) else ["its own code"]
        if old.every.digest == new.every.digest:
            old, new = self._complete(path, before, old), self._complete(path, after, new)
        return facts.changed(old, new, taken.definitions)

    def _facts(self, path: str, version: str, other: Facts | None = None) -> Facts | None:
        """What is known of a version: no symbols if each importer sees a difference to `other`."""
        if version not in self._known:
            self._known[version] = self._kept(version) or self._read(path, version, other)
        return self._known[version]

    def _complete(self, path: str, version: str, known: Facts) -> Facts:
        """The facts of a version with its symbols, if the bitcode is still there."""
        if known.symbols is None:
            known = self._known[version] = self._read(path, version) or known
        return known

    def _kept(self, version: str) -> Facts | None:
        from ltogen.incremental import facts

        return facts.unpack(self._store.facts(version) or b"")

    def _read(self, path: str, version: str, other: Facts | None = None) -> Facts | None:
        from ltogen.incremental import reader

        for name in (path, path + _LAST):
            data = files.read(name) or b""
            if data and index.hash_of(data) == version:
                _find_packages()
                found = reader.facts_of(data, self._compiler, other)
                if found is not None:
                    self._store.keep_facts(version, found.pack())
                return found
        return None


def _find_packages() -> None:
    """Let site packages be found, among them the one that reads bitcode: a step starts without."""
    import site

    site.main()
