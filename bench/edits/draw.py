"""Draws random edits, and keeps those that do what they claim."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from bench.edits import edit
from bench.edits.edit import Edit
from bench.edits.functions import Compiler, Function, bodies, code
from ltogen.base.errors import UserError
from ltogen.model.plan import Compilation

_TRIES = 400


class Drawn(msgspec.Struct, frozen=True):
    """An edit, the compile of the module that it was tried in, and whose code it changes there."""

    edit: Edit
    compilation: Compilation
    changed: frozenset[str]  # symbols; "" for what is outside of functions


Fits = Callable[[Drawn], bool]


class Draw:
    """Edits of one tree of sources, by the compiles of one build.

    The same seed, sources and compiles draw the same edits. `headers`: also in files that are
    included. `lines`: the build has debug information, so that a comment changes the module.
    """

    def __init__(self, tree: Path, folder: Path, compilations: Sequence[Compilation], seed: int,
                 headers: bool = False, lines: bool = False) -> None:
        self._tree, self._compiler = tree, Compiler(folder)
        self._compilations = [one for one in compilations if "-flto=thin" in one.arguments]
        self._seed, self._headers, self._lines = seed, headers, lines
        self._functions = lru_cache(None)(self._functions_of)
        self._ir = lru_cache(64)(self._ir_of)

    def edit(self, kind: str, number: int, fits: Fits = lambda _: True,
             sources: Callable[[str], bool] = lambda _: True) -> Drawn:
        """The edit `number` of a kind; the files stay as they are.

        `sources` says by its real path which modules are edited. Raises UserError if nothing fits.
        """
        chance = random.Random(f"{self._seed} {kind} {number}")
        choice = [one for one in self._compilations if sources(self._compiler.path(one))]
        for _ in range(_TRIES if choice else 0):
            drawn = self._try(kind, number, chance, chance.choice(choice))
            if drawn is not None and fits(drawn):
                return drawn
        raise UserError(f"no place for an edit of the kind '{kind}' in {self._tree}")

    def _try(self, kind: str, number: int, chance: random.Random,
             compilation: Compilation) -> Drawn | None:
        source = self._compiler.path(compilation)
        found = [one for one in self._functions(compilation, self._state(compilation))
                 if self._headers or one.path == source]
        if not found:
            return None
        function = chance.choice(found)
        before = edit.read(function.path)
        after = edit.KINDS[kind](before, function, chance, number)
        if after is None or after == before:
            return None
        one = Edit(kind, function.path, function.symbol, before, after)
        changed = self._changed(one, compilation)
        if changed is None or bool(changed) != (kind in edit.OF_CODE):
            return None
        return Drawn(one, compilation, changed)

    def _changed(self, one: Edit, compilation: Compilation) -> frozenset[str] | None:
        """Whose code an edit changes in one module; None if it does not compile."""
        before = self._ir(compilation, self._state(compilation))
        one.apply()
        try:
            after = self._compiler.text(compilation)
        finally:
            one.undo()
        if before is None or after is None:
            return None
        if not self._lines and code(before) == code(after):
            return frozenset()
        if one.kind == "comment":
            return frozenset() if self._lines and before != after else frozenset([""])
        old, new = bodies(before), bodies(after)
        return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))

    def _state(self, compilation: Compilation) -> tuple[tuple[str, int], ...]:
        """What changes when the sources do."""
        if not self._headers:
            path = Path(self._compiler.path(compilation))
            return ((str(path), hash(path.read_bytes())),)
        return tuple(sorted((str(path), hash(path.read_bytes())) for path in self._tree.rglob("*")
                            if path.is_file()))

    def _functions_of(self, compilation: Compilation,
                      _: tuple[tuple[str, int], ...]) -> list[Function]:
        return self._compiler.functions(compilation, self._tree)

    def _ir_of(self, compilation: Compilation, _: tuple[tuple[str, int], ...]) -> str | None:
        return self._compiler.text(compilation)
