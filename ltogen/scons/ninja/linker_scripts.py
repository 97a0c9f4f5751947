"""Linker scripts that a run of SCons makes, and what they name: a link by Ninja waits for both.

What is in a script is known when it is there. So Ninja makes it before all else, and then has the
manifest written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from ltogen.backends.scons.lines import is_line, read
from ltogen.backends.scons.paths import from_top
from ltogen.linker import file_kind
from ltogen.model.action import Action
from ltogen.scons.ninja.node_kinds import is_built, is_made, path_of
from ltogen.scons.objects import is_by, is_object


def followed(action: Action, planned: Mapping[str, Action],
             fs: Any) -> tuple[Action, tuple[str, ...]]:
    """A link that depends on all that it reads and the run makes; and the scripts among that."""
    before = next(filter(is_line, action.implicit), "")
    if not before:
        return action, ()
    found = read(action, planned.get(before), fs)
    made = {path: node for path in found.files if is_made(node := fs.File(from_top(path)))}
    scripts = (*found.scripts, *(one.path for one in found.inputs if one.kind == file_kind.MADE
                                 and _may_be_script(made[one.path])))
    names = {path: path_of(node) for path, node in made.items()}
    more = set(names.values()) - {*action.inputs, *action.implicit}
    return (replace(action, implicit=(*action.implicit, *sorted(more))),
            tuple(names[path] for path in scripts
                  if path in names and names[path] not in planned
                  and not _always_built(made[path])))


def _always_built(node: Any) -> bool:
    """Whether each run makes a file: to write the manifest after it would never end."""
    seen, waiting = set[Any](), [node]
    while waiting:
        one = waiting.pop().disambiguate()
        if one not in seen:
            seen.add(one)
            waiting += one.children()
    return any(one.always_build for one in seen)


def _may_be_script(node: Any) -> bool:
    """Whether a file that a link takes may be a linker script, once it is made."""
    return is_built(node) and not is_object(node) and not any(
        is_by(node, name) for name in ("StaticLibrary", "SharedLibrary"))
