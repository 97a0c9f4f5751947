"""Objects as SCons makes and names them."""

from __future__ import annotations

from typing import Any

from ltogen.scons.pending import inside
from ltogen.scons.request import Request
from ltogen.scons.words import Expansions

C = (".c", ".m", ".i")
CXX = (".cc", ".cpp", ".cxx", ".c++", ".C", ".mm", ".ii")
COMPILED = (*C, *CXX, ".S")  # by a compiler that says which headers it read
OBJECTS = (".o", ".os", ".obj", ".lo")


def object_name(expanded: Expansions, env: Any, base: str, *, shlib: bool) -> str:
    """The name of the object that SCons would make of a source, whose name begins with `base`."""
    around = ("$SHOBJPREFIX", "$SHOBJSUFFIX") if shlib else ("$OBJPREFIX", "$OBJSUFFIX")
    prefix, suffix = (expanded.text(env, name) for name in around)
    return f"{prefix}{base}{suffix}"


def make_named(request: Request) -> None:
    """Let SCons make those objects of a request's sources that somebody named as files.

    They come with SCons's own links, so scripts count on them.
    """
    env, shlib, expanded = request.env, request.for_shared_library, Expansions()
    with inside(env, request.folder):
        for source in request.files():
            suffix = source.get_suffix()
            if suffix in (*C, *CXX):
                base = source.name.removesuffix(suffix)
                node = source.dir.entries.get(object_name(expanded, env, base, shlib=shlib))
                if node is not None and not node.has_builder():
                    (env.SharedObject if shlib else env.StaticObject)(source)


def made_of(node: Any) -> Any:
    """The source of an object; None if it is not made of one."""
    return node.sources[0] if node.has_builder() and len(node.sources) == 1 else None


def is_object(node: Any) -> bool:
    """Whether a file is an object by its name."""
    return node.get_suffix() in OBJECTS


def is_by(node: Any, name: str) -> bool:
    """Whether a node is made by SCons's own builder `name`, without other actions."""
    if not node.has_builder():
        return False
    executor = node.get_executor()
    named = node.get_env()["BUILDERS"].get(name)
    # (One that chooses by suffix hands on to a builder of its own.)
    return (node.get_builder() is getattr(named, "builder", named)
            and not executor.pre_actions and not executor.post_actions)
