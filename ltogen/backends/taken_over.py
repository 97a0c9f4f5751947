"""The manifests of a take-over: `ltogen.ninja`, and the build's own without replaced steps.

The rest of the build is the text of its own manifests, character by character, as a `subninja` with
a scope of its own.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ltogen.backends import ninja, stale
from ltogen.model.plan import Plan
from ltogen.ninja import spelling
from ltogen.ninja.manifest import Manifest

MANIFEST = "ltogen.ninja"


def sibling(path: str) -> str:
    """The path beside the manifest `path` where its rest is written."""
    return f"{path.removesuffix('.ninja')}.ltogen.ninja"


def manifests(manifest: Manifest | None, plan: Plan, replaced: frozenset[int],
              regeneration: ninja.Regeneration, out: str) -> dict[str, str]:
    """Texts of all manifests by path, from the build folder; `ltogen.ninja` comes first."""
    rest = _Rest(manifest, replaced).texts if manifest else {}
    text = io.StringIO()
    text.write("# Written by `ltogen configure --from`: edit the build that it is made from.\n\n"
               f"builddir = {out}\n")
    made = ninja.made(plan) | (manifest.makes.keys() if manifest else set())
    ninja.write_regeneration(text, (MANIFEST, *rest), regeneration, made)
    if rest:
        # First, because pools are declared in there. A default comes last: what it names must have
        # been mentioned before.
        text.write(f"subninja {spelling.paths(tuple(rest)[:1])}\n")
    ninja.write_pools(text, plan)
    ninja.write_actions(text, plan.actions)
    if plan.defaults:
        text.write(f"default {spelling.paths(plan.defaults)}\n")
    return {MANIFEST: text.getvalue(), **rest}


def remove_stale(folder: Path, earlier: str, texts: Mapping[str, str]) -> None:
    """Remove the manifests of the last run that this run does not write."""
    match = re.search(r"^build (.*): configure ", earlier, re.MULTILINE)
    for path in spelling.read_paths(match.group(1)) if match else ():
        if (path.endswith(".ltogen.ninja") and path not in texts
                and stale.is_inside(folder, path)):
            with contextlib.suppress(OSError):
                (folder / path).unlink()


class _Rest:
    """The rest of a build's manifests, the top one first."""

    def __init__(self, manifest: Manifest, replaced: frozenset[int]) -> None:
        self._manifest = manifest
        self._cuts: dict[int, list[tuple[int, int]]] = {}
        for position in replaced:
            edge = manifest.edges[position]
            self._cuts.setdefault(edge.file, []).append((edge.start, edge.end))
        self._names = dict(sorted(self._changed(0)))
        self.texts = {name: self._text(index) for index, name in self._names.items()}

    def _changed(self, index: int) -> Iterator[tuple[int, str]]:
        """The new names of files with replaced steps, and of files that include them."""
        file = self._manifest.files[index]
        below = [found for include in file.includes for found in self._changed(include.file)]
        yield from below
        if index == 0 or below or index in self._cuts or file.defaults:
            yield index, sibling(file.path)

    def _text(self, index: int) -> str:
        file = self._manifest.files[index]
        edits = [(start, end, "") for start, end in (*self._cuts.get(index, ()), *file.defaults)]
        for include in file.includes:
            if include.file in self._names:
                word = "subninja" if include.scoped else "include"
                path = spelling.paths((self._names[include.file],))
                edits.append((include.start, include.end, f"{word} {path}\n"))
        # The scope around has a variable of this name for itself.
        # samurai takes no file that is empty.
        text = "builddir =\n" if index == 0 else "# The rest of it.\n"
        return text + "".join(_edited(file.text, sorted(edits)))


def _edited(text: str, edits: Iterable[tuple[int, int, str]]) -> Iterator[str]:
    position = 0
    for start, end, new in edits:
        yield text[position:start]
        yield new
        position = end
    yield text[position:]

