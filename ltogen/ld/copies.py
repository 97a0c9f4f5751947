"""Bitcode in the state: a copy of each module, rewritten only when its content changes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from ltogen.base import ar, elf, files
from ltogen.ld.record import Record, stamp
from ltogen.steps import expand


class Copies:
    """The placer of a link whose inputs lie there when it starts.

    `of` maps each object that is bitcode to its copy; of a `fat` one that is its bitcode alone.
    Nothing is written before `place`.
    """

    def __init__(self, names: Mapping[str, str], known: Record | None, *, fat: bool) -> None:
        self._names, self._known, self._fat = names, known, fat
        self.of: dict[str, str] = {}
        self._archives: dict[str, tuple[list[str], tuple[str, ...]]] = {}

    def copy(self, source: str, target: str) -> None:
        """Give one object its place."""
        self.of[source] = target

    def expand(self, archive: str, targets: list[str], files: tuple[str, ...]) -> None:
        """Give each member of an archive its place."""
        self._archives[archive] = (targets, files)

    def place(self) -> None:
        """Write what is not there yet."""
        for source, target in self.of.items():
            if not self._same(source, [target]):
                content = files.read(source) or b""
                _write(target, (self._fat and elf.bitcode(content)) or content)
        for archive, (targets, members) in self._archives.items():
            if members or not self._same(archive, targets):
                data = files.read(archive) or b""
                expand.place(data, ar.members(archive, data), targets, embedded=self._fat)

    def named(self) -> Iterator[tuple[str, str, str]]:
        """Each copy, with what lld calls it if it is a module and if it is a native object."""
        yield from ((copy, path, path) for path, copy in self.of.items())
        for archive, (targets, _) in self._archives.items():
            data = files.read(archive) or b""
            for target, (name, offset, _, _) in zip(targets, ar.members(archive, data),
                                                       strict=False):
                # (A name of BSD's stands between header and content.)
                follows = data[offset - 2:offset] == b"`\n"
                place = f" at {offset - ar.HEADER}" if follows else ""
                yield (target, f"{archive}({os.path.basename(name)}{place})",
                       f"{archive}({name})")

    def prune(self, *folders: str) -> None:
        """Delete what no link takes any more."""
        kept = {*self.of.values(), *(path for targets, _ in self._archives.values()
                                     for path in targets)}
        for folder in folders:
            for where, _, names in os.walk(folder):
                for name in names:
                    path = os.path.join(where, name)
                    if path.removesuffix(".last") not in kept:
                        os.unlink(path)

    def _same(self, source: str, targets: list[str]) -> bool:
        """Whether the copies are known to be those of the file as it is."""
        if self._known is None:
            return False
        known, _ = self._known.inputs.get(self._names.get(source, source), ("", ""))
        return known == stamp(source) != "" and all(map(os.path.exists, targets))


def _write(target: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    files.write_if_changed(target, content, last=True)
