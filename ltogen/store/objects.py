"""Objects by key: what is there, and under which other keys.

An entry is a file `KK/KEY-DIGEST`: `KK` are the first two letters of the key, `DIGEST` is the
SHA-256 of the file. What a backend makes besides has its suffix behind that. A file under its name
is whole and never changes; one whose content has another digest was damaged, and is no entry.
`steps/store.sh` takes entries out and puts them in.
"""

from __future__ import annotations

import os
import time

from ltogen.base import files
from ltogen.store.place import MAKING

_DIGEST = 64  # letters
_SHARD = 2  # letters


class Store:
    """One store, as it was when each part of it was first looked at."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._names: dict[str, dict[str, list[str]]] = {}

    def object(self, key: str) -> str:
        """The digest of the object of a key; empty if there is none."""
        for name in self._entries(key):
            if len(name) == len(key) + 1 + _DIGEST:
                return name[-_DIGEST:]
        return ""

    def is_alone(self, key: str) -> bool:
        """Whether nothing was made beside the object of a key."""
        return all(len(name) == len(key) + 1 + _DIGEST for name in self._entries(key))

    def fetch(self, key: str, path: str, time: int | None = None) -> bool:
        """Write the object of a key to a path, if there is a whole one.

        One that was damaged is deleted. `time`, in nanoseconds, is how old the file is to be.
        Raises OSError where it cannot be written.
        """
        digest = self.object(key)
        if not digest:
            return False
        kept = self._path(f"{key}-{digest}")
        data = files.read(kept) or b""
        if _digest(data) != digest:
            files.remove(kept)
            return False
        files.write_if_changed(path, data, time)
        self.use(key)
        return True

    def keep(self, key: str, path: str) -> None:
        """Keep a file as the object of a key, as another name of it where that can be.

        A store that is full or read-only keeps nothing.
        """
        digest = _digest(files.read(path) or b"")
        kept = self._path(f"{key}-{digest}")
        aside = f"{self.folder}/{MAKING}/{key}.{os.getpid()}"
        try:
            try:
                os.link(path, kept)
            except FileExistsError:
                return
            except OSError:  # on another file system
                files.write_if_changed(aside, files.read(path) or b"")
                os.rename(aside, kept)
        except OSError:
            return

    def use(self, key: str) -> None:
        """Note that an entry was used. It lives on in builds, where its time means something."""
        now = time.time_ns()
        for name in self._entries(key):
            path = self._path(name)
            try:
                os.utime(path, ns=(now, os.stat(path).st_mtime_ns))
            except OSError:
                continue  # it was deleted meanwhile, or is another user's

    def alias(self, key: str, other: str) -> None:
        """Let what is there for `key` be there for the `other` key too."""
        for name in self._entries(key):
            try:
                os.link(self._path(name), self._path(other + name[len(key):]))
            except OSError:
                continue  # it is there already, or cannot be: that costs a backend later

    def facts(self, version: str) -> bytes | None:
        """What was found out about the version of a module that has this hash."""
        return files.read(self._facts_of(version))

    def keep_facts(self, version: str, facts: bytes) -> None:
        """Keep that, if there is a store."""
        path = self._facts_of(version)
        try:
            if os.path.isdir(os.path.dirname(path)):
                files.write_if_changed(path, facts, shared=True)
        except OSError:
            pass  # it will be found out again

    def _facts_of(self, version: str) -> str:
        return f"{self.folder}/{version[:_SHARD]}/{version}.facts"

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name[:_SHARD]}/{name}"

    def _entries(self, key: str) -> list[str]:
        shard = key[:_SHARD]
        if shard not in self._names:
            found: dict[str, list[str]] = {}
            for name in _listed(f"{self.folder}/{shard}"):
                found.setdefault(name.partition("-")[0], []).append(name)
            self._names[shard] = found
        return self._names[shard].get(key, [])


def _digest(data: bytes) -> str:
    import hashlib  # (where nothing is taken, nothing is verified)

    return hashlib.sha256(data).hexdigest()


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
