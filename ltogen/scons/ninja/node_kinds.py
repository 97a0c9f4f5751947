"""What kinds of nodes SCons has, as a Ninja manifest sees them."""

from __future__ import annotations

from typing import Any

import SCons.Node.Alias
import SCons.Node.FS

from ltogen.ninja.spelling import check_path
from ltogen.scons.ninja import shell_commands


def path_of(node: Any) -> str:
    """A node's path from the top folder. Raises UserError for a path that Ninja cannot spell."""
    if isinstance(node, SCons.Node.FS.File):
        node = node.rfile()  # where it is: in a variant folder, or only where that comes from
    # (What str() gives may have been kept from another folder.)
    text = node.get_internal_path() if isinstance(node, SCons.Node.FS.Base) else str(node)
    return check_path(text, "NinjaLTO")


def is_built(node: Any) -> bool:
    """Whether a node has a command of its own; most aliases and folders have none."""
    if isinstance(node, SCons.Node.Alias.Alias):
        return bool(node.has_builder()) and shell_commands.of(node) != []
    if isinstance(node, SCons.Node.FS.Dir):
        return node.builder is not SCons.Node.FS.get_MkdirBuilder()
    return bool(node.has_builder())


def values(node: Any) -> list[str]:
    """Sources that are values, not files."""
    return [str(child.get_contents()) for child in node.children()
            if is_value(child) and not child.has_builder()]


def is_value(node: Any) -> bool:
    """Whether a node is no file: it is a part of the commands that take it."""
    return not isinstance(node, (SCons.Node.FS.Base, SCons.Node.Alias.Alias))


def is_made(node: Any) -> bool:
    """Whether the run makes a node, or something that it stands for."""
    if isinstance(node, (SCons.Node.Alias.Alias, SCons.Node.FS.Dir)) and not is_built(node):
        return any(map(is_made, (child.disambiguate() for child in node.children())))
    return is_built(node) or bool(node.side_effect)


def is_copied(node: Any) -> bool:
    """Whether SCons copies a source to a variant folder."""
    if not isinstance(node, SCons.Node.FS.File) or is_made(node):
        return False
    source = node.srcnode()
    return path_of(source) != path_of(node) and bool(source.exists())
