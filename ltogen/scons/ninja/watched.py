"""Files that SCons reads: when one changes, Ninja runs SCons to write the manifest again."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import Any

import SCons.Node.FS
import SCons.Script
from SCons.Script import _SConscript as reading

_WILD = re.compile(r"[*?[]")
_scripts: list[Any] = []
_globbed: list[Any] = []


class _Scripts(list[Any]):
    """SCons's stack of scripts, which records every script that was on it."""

    def append(self, frame: Any) -> None:
        _scripts.append(frame.sconscript)
        super().append(frame)


def start() -> None:
    """Start to record the scripts that SCons reads and the folders that it lists.

    SCons itself has no record of them.
    """
    if isinstance(reading.call_stack, _Scripts):
        return
    _scripts.extend(frame.sconscript for frame in reading.call_stack)
    # (Its functions look at who called them: nothing may stand between.)
    reading.call_stack = SCons.Script.call_stack = _Scripts(reading.call_stack)
    look = SCons.Node.FS.FS.Glob

    def noted_look(self: Any, pathname: str, *arguments: Any, **named: Any) -> Any:
        plain = _WILD.split(pathname)[0]
        _globbed.append(self.Dir(os.path.dirname(plain) or "."))
        found = [one for one in look(self, pathname, *arguments, **named)
                 if not _is_left_over(self.Entry(one) if isinstance(one, str) else one)]
        _globbed.extend(self.Dir(os.path.dirname(node)) if isinstance(node, str) else node.dir
                        for node in found)
        return found

    SCons.Node.FS.FS.Glob = noted_look


def _is_left_over(node: Any) -> bool:
    """Whether a file is a copy in a variant folder of a source that is there no more.

    SCons finds it, deletes it when it looks closer, and then has a source too many. (What a builder
    that is named below has left of an earlier run is passed over, as in a clean build.)
    """
    source = node.srcnode()
    return bool(node.duplicate and source is not node and not node.is_derived()
                and not isinstance(node, SCons.Node.FS.Dir)
                and not source.is_derived() and not source.rexists()
                and not os.path.isdir(node.get_abspath()))


def files(top: str) -> Iterator[str]:
    """Scripts, the project's own Python modules, and folders, as paths from the top folder."""
    yield from (node.rfile().get_internal_path() for node in _scripts if node is not None)
    for module in tuple(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and path.startswith(f"{top}{os.sep}") and "site-packages" not in path:
            yield os.path.relpath(path, top)
    yield from (folder.srcnode().get_internal_path() for folder in _globbed)
