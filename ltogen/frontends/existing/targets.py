"""The targets that somebody names: products, by any name that leads to one, and aliases."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator

from msgspec import Struct

from ltogen.base.errors import UserError, did_you_mean
from ltogen.frontends.existing.names import Names
from ltogen.model.existing_build import Archive, ExistingBuild, Step

_MOST_LINKS = 40  # symbolic links in a row, as Linux has it


class Wanted(Struct, frozen=True):
    """A target as it was named, from the build folder, and its path in the build."""

    name: str
    path: str


def wanted(name: str, folder: str, names: Names) -> Wanted:
    """The target of a name: as the build has it, by symbolic links, or as seen from here.

    A name that does not lead to anything that the build makes stays as it is.
    """
    path = _followed(name, folder, names)
    if path:
        return Wanted(name, path)
    path = _followed(os.path.abspath(name), folder, names) if name else ""
    return Wanted(path or name, path or name)


def _followed(path: str, folder: str, names: Names) -> str:
    """What the build makes at the end of symbolic links, or nothing.

    A link to what is not built yet leads to it all the same.
    """
    for _ in range(_MOST_LINKS if path else 0):
        if names.makes(path):
            return names.of(path)
        above, name = os.path.split(os.path.join(folder, path))
        path = os.path.join(os.path.realpath(above), name)
        if names.makes(path):
            return names.of(path)
        if not os.path.islink(path):
            break
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    return ""


def chosen(build: ExistingBuild, paths: Iterable[str], links: Container[int]) -> set[int]:
    """Positions of the links that the targets are, or that their aliases stand for.

    Raises UserError for a name that is no target, or that no link is behind.
    """
    found: set[int] = set()
    for name in paths:
        start = build.makes.get(name)
        if start is None:
            raise UserError(f"no target '{name}' in the build{_suggestion(name, build, links)}")
        behind = set(_behind(build, start, links))
        if not behind and not isinstance(build.steps[start].command, Archive):
            step = build.steps[start]
            raise UserError(f"target '{name}' links nothing that ltogen can take over"
                            f"{step.problem and f': {step.problem}'}")
        found |= behind
    return found


def _suggestion(name: str, build: ExistingBuild, links: Container[int]) -> str:
    """The nearest product of a link, else the nearest alias or other output."""
    products = [build.steps[position].outputs[0] for position in sorted(set(build.makes.values()))
                if position in links]
    files = {os.path.basename(path): path for path in reversed(products)}
    # (A step that makes nothing of nothing stands for a source, which may have gone away.)
    others = [path for step in build.steps if not step.phony or _inputs(step)
              for path in step.outputs]
    return (did_you_mean(name, products)
            or did_you_mean(os.path.basename(name), files, files.get)
            or did_you_mean(name, others))


def _inputs(step: Step) -> tuple[str, ...]:
    return (*step.inputs, *(step.implicit if step.phony else ()))


def _behind(build: ExistingBuild, start: int, links: Container[int]) -> Iterator[int]:
    """Links that a target reaches by steps that are not links: aliases, copies, symlinks."""
    pending, seen = [start], {start}
    while pending:
        position = pending.pop()
        if position in links or build.steps[position].problem:
            yield position
            continue
        step = build.steps[position]
        if isinstance(step.command, Archive):
            continue
        for path in _inputs(step):
            below = build.makes.get(path)
            if below is not None and below not in seen:
                seen.add(below)
                pending.append(below)
