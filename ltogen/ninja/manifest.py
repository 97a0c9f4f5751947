"""Reads a Ninja manifest with its includes as Ninja 1.13 does, or refuses it as Ninja does."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from ltogen.base.errors import UserError
from ltogen.ninja.lexer import Lexer, shown
from ltogen.ninja.scope import PHONY, Edge, Scope
from ltogen.ninja.statements import File, Include, Statements

__all__ = ["Edge", "Include", "Manifest", "ManifestFile", "read"]

# Ninja's stack overflows somewhere above the first. It knows no second, as a file that includes
# itself may come to an end: the path can have variables.
_DEEPLY_NESTED = 10_000
_OFTEN_NESTED = 100


class ManifestFile(Struct, frozen=True):
    """One file, once for each time that it is read. `path` is that of the statement.

    `defaults` are the characters of its `default` statements.
    """

    path: str
    text: str
    includes: tuple[Include, ...]
    defaults: tuple[tuple[int, int], ...]


class Manifest(Struct, frozen=True):
    """The content of a manifest.

    `pools` has `console`, too. `self_naming` are the phony outputs that name themselves as an
    input: Ninja drops that input, but does not count them as roots.
    """

    files: tuple[ManifestFile, ...]
    edges: tuple[Edge, ...]
    makes: dict[str, Edge]
    pools: dict[str, int]
    defaults: tuple[str, ...]
    builddir: str
    self_naming: frozenset[str] = frozenset()

    def roots(self) -> tuple[str, ...]:
        """The outputs that Ninja builds without a default statement.

        Raises UserError if every output is an input of another.
        """
        used = set(self.self_naming)
        for edge in self.edges:
            used.update(edge.inputs, edge.implicit, edge.order_only)
        roots = tuple(path for edge in self.edges
                      for path in edge.made if path not in used)
        if self.edges and not roots:
            raise UserError(f"{shown(self.files[0].path)}: every output is an input of another "
                            "one; name what to build in a default statement")
        return roots


def read(folder: Path, name: str = "build.ninja") -> Manifest:
    """Read `folder/name` as Ninja would in that folder.

    Raises UserError, with the file and the line, for whatever Ninja would refuse.
    """
    files = _Files(folder)
    try:
        statements = files.read(name)
    except OSError as error:
        raise UserError(f"{shown(str(folder / name))}: cannot read: {error.strerror}; "
                        "configure that folder first, or name another one") from None
    return Manifest(
        tuple(ManifestFile(one.path, one.text, tuple(one.includes), tuple(one.defaults))
              for one in files.files),
        tuple(statements.edges), statements.makes, statements.pools, tuple(statements.defaults),
        files.files[0].scope.values.get("builddir", ""), frozenset(statements.self_naming))


class _Files:
    """The files as they are opened, each time anew."""

    def __init__(self, folder: Path) -> None:
        self.files: list[File] = []
        self._folder = folder
        self._texts: dict[str, str] = {}
        # From the one that is being read back to the first: how often each path is among them.
        self._nested: list[str] = []
        self._times: dict[str, int] = {}

    def read(self, name: str) -> Statements:
        """Read the file `name` and all that it includes."""
        statements = Statements(self._include)
        top = self._open(name, Scope(None, {}, {"phony": PHONY}), self._load(name))
        stack = [statements.read(top)]
        # Not recursive: Ninja goes deeper than Python's stack.
        while stack:
            included = next(stack[-1], None)
            if included is None:
                stack.pop()
                self._times[self._nested.pop()] -= 1
            else:
                stack.append(statements.read(included))
        return statements

    def _include(self, path: str, scope: Scope, parent: File) -> File:
        if self._times.get(path, 0) >= _OFTEN_NESTED:
            parent.lexer.fail(f"{path!r} includes itself; remove one of the statements that do so")
        if len(self._nested) >= _DEEPLY_NESTED:
            parent.lexer.fail("files include each other too deeply; join some of them")
        try:
            text = self._load(path)
        except OSError as error:
            parent.lexer.fail(f"cannot read {path!r}: {error.strerror}; correct the path, "
                              "or make the file")
        return self._open(path, scope, text)

    def _open(self, path: str, scope: Scope, text: str) -> File:
        lexer = Lexer(str(self._folder / path), text)
        file = File(len(self.files), path, text, lexer, scope, [], [])
        self.files.append(file)
        self._nested.append(path)
        self._times[path] = self._times.get(path, 0) + 1
        return file

    def _load(self, path: str) -> str:
        text = self._texts.get(path)
        if text is None:
            # Bytes: a path can be in another encoding than the locale's.
            place = os.path.join(os.fsencode(self._folder),  # noqa: PTH118
                                 path.encode("utf-8", "surrogateescape"))
            with open(place, "rb") as file:  # noqa: PTH123
                text = file.read().decode("utf-8", "surrogateescape")
            self._texts[path] = text
        return text
