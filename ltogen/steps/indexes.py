"""The indexes of a thin link, and the keys of its backends: what changed is moved into place.

A key that stays may be older than its index: so an index that is as it was says that the key is
right, if the last run came to its end. A kill leaves a mark that it did not.

An object that the store has is put in place here, too, where it replaces one. Its key is then as
old as the one before, so that no backend has to start for it, and the link is told to run. The mark
names these objects: after a kill nobody knows which they are.
"""

from __future__ import annotations

import os

from ltogen.base import files
from ltogen.incremental.index import taken
from ltogen.linker import index
from ltogen.steps import keys
from ltogen.steps.share import share_out
from ltogen.steps.versions import Versions
from ltogen.store.objects import Store

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ltogen.linker.index import Index
    from ltogen.steps.keys import Key
    from ltogen.steps.link import Link

INDEX, KEY = ".thinlto.bc", ".thinlto"
_PLACING = "placing"  # is there while indexes, keys and objects may not belong together
REPORT = "report.txt"  # a line for each backend that may have to run
# What became of a backend's key, as the report has it.
RUNS, STORED, KEPT, UNDECIDED = "runs", "stored", "kept", "undecided"


def place(link: Link, modules: Sequence[str], selected: Collection[str], names: str) -> bool:
    """Put every index and key that changed in its place; nothing is left aside.

    `selected` are the natives that the linker wants, `names` is how promoted locals are named.
    Returns whether the final link must run whatever Ninja knows of. `done` has to follow.
    """
    return _Indexes(link, selected, names).place(modules)


def done(link: Link) -> None:
    """All is in place, and the final link's own input says that it must run."""
    os.unlink(link.indexes + _PLACING)


class _Indexes:
    def __init__(self, link: Link, selected: Collection[str], names: str) -> None:
        self._link, self._selected, self._names = link, selected, names
        self._store = Store(link.store)
        self._versions = Versions(self._store, link.compiler)
        self._digests = keys.Digests()

    def place(self, modules: Sequence[str]) -> bool:
        marker = self._link.indexes + _PLACING
        left = files.read(marker)
        self._whole = left is None
        self._unknown = frozenset(os.fsdecode(left or b"").splitlines())
        with open(marker, "ab"):  # (what it says stays until all is done)
            pass
        self._place(modules)
        return not self._whole or os.path.getsize(marker) > 0

    def _place(self, modules: Sequence[str]) -> None:
        report = share_out(modules, self._compare)
        report = [self._decide(line[0]) if line[1] == UNDECIDED else line for line in report]
        for line in report:
            if line[1] == STORED:
                self._store.use(line[2])
        if os.environ.get("LTOGEN_VERIFY"):
            self._run_all(modules)
        files.write_if_changed(self._link.indexes + REPORT, os.fsencode("".join(
            "\t".join(line) + "\n" for line in report)), self._link.start)

    def _compare(self, part: Sequence[str]) -> list[tuple[str, ...]]:
        """Place what is the same, or another in any case; the rest is undecided."""
        return [line for module in part for line in self._compare_one(module)]

    def _compare_one(self, module: str) -> list[tuple[str, ...]]:
        link = self._link
        if link.natives + module not in self._selected:
            # The linker made no index of this module, or one that says to skip it.
            files.write_if_changed(link.indexes + module + KEY, b"", link.start)
            self._write(module + INDEX, b"")
            return []
        new = files.read(link.scratch + module + INDEX) or b""
        key = self._last(module)
        same = self._whole and new == files.read(link.indexes + module + INDEX)
        if same and key and self._is_current(module, key):
            os.unlink(link.scratch + module + INDEX)
            return []
        now, _ = self._key(module, new)
        if key and key.digest == now.digest:
            self._move(module)
            return []
        if key and key.like(now) and self._names == keys.BY_SOURCE:
            return [(module, UNDECIDED)]
        return [self._renew(module, now, key, _why(key, now))]

    def _last(self, module: str) -> Key | None:
        """The key of the object that is there."""
        path = self._link.indexes + module + KEY
        if module in self._unknown:
            files.remove(path)  # (a new one is newer)
        return keys.parse(files.read(path))

    def _is_current(self, module: str, key: Key) -> bool:
        """Whether a key says all of an index that is as it was."""
        return ((key.context, key.names) == (self._link.contexts[module], self._names)
                and not any(map(keys.is_of_content, key.identities)))

    def _key(self, module: str, data: bytes) -> tuple[Key, Index | None]:
        read = index.read(data)
        return keys.of_index(data, read, self._link.contexts[module], self._names,
                             self._digests, self._link.bitcode + module), read

    def _decide(self, module: str) -> tuple[str, ...]:
        """Keep a key of which nothing but identities may differ, if its object is known to stay."""
        link = self._link
        new = files.read(link.scratch + module + INDEX) or b""
        key = keys.parse(files.read(link.indexes + module + KEY))
        now, read = self._key(module, new)
        if key is None or read is None:
            return self._renew(module, now, None, "damaged")
        known = self._store.object(now.digest)
        if known and known == self._store.object(key.digest):
            self._move(module)
            return module, KEPT, key.digest, "its object is known to stay"
        changed = [] if known else self._changed(module, key, new, read)
        if known or changed:
            return self._renew(module, now, key, "; ".join(changed) or "it was built before")
        self._store.alias(key.digest, now.digest)
        self._move(module)
        others = (self._user_name(one.path) for one, before in zip(
            read.modules, key.identities, strict=True) if one.identity != before)
        return module, KEPT, key.digest, f"what it takes of {', '.join(others)} is the same"

    def _changed(self, module: str, key: Key, new: bytes, read: Index) -> list[str]:
        """What changed of all that a backend reads, by module; empty if nothing is known to."""
        takes = taken(new)
        if takes is None:
            return ["an index that cannot be compared"]
        found = []
        for one, before in zip(read.modules, key.identities, strict=True):
            if one.identity != before:
                own = one.path == self._link.bitcode + module
                names = self._versions.changed(one.path, before, one.identity,
                                               None if own else takes[os.fsencode(one.path)])
                if names:
                    where = "" if own else f"{self._user_name(one.path)}: "
                    found.append(where + ", ".join(names))
        return found

    def _user_name(self, path: str) -> str:
        return path.removeprefix(self._link.bitcode).removesuffix(".o")

    def _renew(self, module: str, key: Key, before: Key | None, why: str) -> tuple[str, ...]:
        """Let a backend run, or put the store's object in the place of that of the key `before`."""
        link, path = self._link, self._link.indexes + module + KEY
        stored = self._store.object(key.digest)
        time = link.start
        if before and stored:
            since = os.stat(path).st_mtime_ns
            time = since if self._take(module, key) else time
        files.write_if_changed(path, key.text(), time)
        self._move(module)
        return module, STORED if stored else RUNS, key.digest, why

    def _take(self, module: str, key: Key) -> bool:
        """Replace an object by the store's; False where a backend has to do that."""
        link, native = self._link, self._link.natives + module
        if (link.kept or os.environ.get("LTOGEN_VERIFY") or not os.path.exists(native)
                or not self._store.is_alone(key.digest)):
            return False
        with open(link.indexes + _PLACING, "ab", buffering=0) as marker:
            marker.write(os.fsencode(f"{module}\n"))
        return self._store.fetch(key.digest, native, link.start)

    def _move(self, module: str) -> None:
        files.replace(self._link.scratch + module + INDEX, self._link.indexes + module + INDEX,
                      self._link.start)

    def _write(self, name: str, data: bytes) -> None:
        files.remove(self._link.scratch + name)
        files.write_if_changed(self._link.indexes + name, data, self._link.start)

    def _run_all(self, modules: Sequence[str]) -> None:
        """Let all backends run, whatever their keys say; cutoff.sh compares."""
        for module in modules:
            path = self._link.indexes + module + KEY
            if os.path.getsize(path):
                os.utime(path, ns=(self._link.start, self._link.start))


def _why(key: Key | None, now: Key) -> str:
    if key is None:
        return "it was not built before"
    if key.context != now.context:
        return "compiler, flags or files"
    if key.names != now.names:
        return "the names of promoted locals"
    return "what the thin link decided"

