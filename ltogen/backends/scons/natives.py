"""The native objects of a thin link, which get nodes only where they are out of date.

A node takes SCons half a millisecond in every build, and each module already has one: its compile.
So one node stands for all natives of a link. Once the thin link is up to date, that node compares
the index and command of each native with those of its last run, and makes nodes of the natives that
differ. It waits for these nodes. SCons runs them, or takes their outputs from its cache.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import SCons.Node
from SCons.Action import Action as SconsAction
from SCons.Node.FS import File

from ltogen.backends import shell
from ltogen.backends.scons.commands import contents
from ltogen.backends.scons.paths import from_top
from ltogen.base import files
from ltogen.model.action import Action


class Native(msgspec.Struct, array_like=True, frozen=True):
    """One native as it was last made: its key, the file's time and size, and its content."""

    key: str
    changed: int  # nanoseconds
    size: int
    digest: str


class Natives(File):  # type: ignore[misc]
    """The list of a link's natives by content; the final link depends on it."""

    __slots__ = ("actions", "looked", "pack", "starts")

    def made_of(self, pack: Any, starts: Callable[[Action, Any, str], list[Any]]) -> None:
        """`pack` has the indexes; `starts` makes nodes for an action and the key of its inputs."""
        self.actions: list[Action] = []
        self.pack, self.starts, self.looked = pack, starts, False

    def children(self, scan: bool = True) -> list[Any]:
        """The nodes it waits for. SCons asks again when the first ones are up to date."""
        found: list[Any] = super().children(scan)
        done = all(child.get_state() in (SCons.Node.up_to_date, SCons.Node.executed)
                   for child in found)
        if done and not self.looked and self.get_state() == SCons.Node.pending:
            self.looked = True
            stale = self._stale()
            if stale:
                self.set_always_build()
                self.add_prerequisite(stale)
        return found

    def keyed(self) -> Iterator[tuple[Action, str]]:
        """Each action, with a digest of all inputs of its native."""
        indexes = contents(str(self.pack))
        signatures: dict[tuple[str, ...], str] = {}
        for action in self.actions:
            if action.implicit not in signatures:
                signatures[action.implicit] = "\n".join(
                    self.fs.File(from_top(path)).get_csig() for path in action.implicit)
            key = hashlib.sha256(indexes.get(action.inputs[0]) or b"")
            key.update("\0".join((shell.line(action),
                                  signatures[action.implicit])).encode(errors="surrogateescape"))
            yield action, key.hexdigest()

    def _stale(self) -> list[Any]:
        kept = _kept(str(self))
        stale = []
        for action, key in self.keyed():
            if all(_is(kept.get(path), key, path) for path in action.made):
                continue
            nodes = self.starts(action, self.pack, key)
            if all(path in kept and kept[path].key == key for path in action.made):
                # Not what was made then: SCons would take what lies there for it.
                for node in nodes:
                    node.set_always_build()
            stale += nodes
        return stale


def _is(native: Native | None, key: str, path: str) -> bool:
    if native is None or native.key != key:
        return False
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return False
    return (status.st_mtime_ns, status.st_size) == (native.changed, native.size)


def kept_file(path: str) -> str:
    """The file in which a list records how its natives were made."""
    return path + ".kept"


def _kept(path: str) -> dict[str, Native]:
    try:
        return msgspec.msgpack.decode(files.read(kept_file(path)) or b"\x80",
                                      type=dict[str, Native])
    except msgspec.DecodeError:
        return {}  # all of them are looked at again


def _list(target: list[Any], source: list[Any], env: Any) -> int:
    """Write the list, and how the natives were made."""
    (node,) = target
    before = _kept(str(node))
    made: dict[str, Native] = {}
    for action, key in node.keyed():
        for path in action.made:
            native = before.get(path)
            if native is None or not _is(native, key, path):
                status = os.stat(path)
                digest = hashlib.sha256(files.read(path) or b"").hexdigest()
                native = Native(key, status.st_mtime_ns, status.st_size, digest)
            made[path] = native
    files.write_if_changed(kept_file(str(node)), msgspec.msgpack.encode(made))
    text = "".join(f"{native.digest} {path}\n" for path, native in made.items())
    files.write_if_changed(str(node), text.encode(errors="surrogateescape"))
    return 0


LIST = SconsAction(_list, None)
