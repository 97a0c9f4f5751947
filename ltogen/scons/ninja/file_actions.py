"""SCons's own functions on files (`Touch`, `Chmod`, …) as words of shell text."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from typing import Any

import SCons.Defaults
from SCons.Action import ActionCaller

Words = tuple[str, ...]

# (With `=`, SCons's Chmod takes away from all what it gives to some.)
_SYMBOLIC = re.compile(r"[ugoa]+[+-][rwx]+(,[ugoa]+[+-][rwx]+)*\Z")
_OCTAL = re.compile(r"[0-7]+\Z")


def commands(caller: Any, targets: Any, sources: Any, env: Any) -> list[Words] | None:
    """The commands for one such call; None for another function, or one the shell does not do."""
    if not isinstance(caller, ActionCaller):
        return None
    spell = _SPELLINGS.get(caller.parent.actfunc)
    if spell is None:
        return None
    return spell(*caller.subst_args(targets, sources, env),
                 **caller.subst_kw(targets, sources, env))


def _touch(dest: Any) -> list[Words]:
    return [("touch", "--", *_paths(dest))]


def _chmod(dest: Any, mode: Any) -> list[Words] | None:
    text = f"{mode:o}" if isinstance(mode, int) else str(mode)
    if not (_OCTAL.match(text) or _SYMBOLIC.match(text)):
        return None
    return [("chmod", text, "--", *_paths(dest))]


def _delete(dest: Any, must_exist: bool = False) -> list[Words] | None:
    return None if must_exist else [("rm", "-rf", "--", *_paths(dest))]


def _mkdir(dest: Any) -> list[Words]:
    return [("mkdir", "-p", "--", *_paths(dest))]


def _move(dest: Any, src: Any) -> list[Words]:
    return [("mv", "-f", "--", *_paths(src), *_paths(dest))]


def _copy(dest: Any, src: Any, symlinks: bool = True) -> list[Words] | None:
    if isinstance(src, (list, tuple)) or os.path.isdir(str(src)) or os.path.isdir(str(dest)):
        return None
    source, target = _paths(src), _paths(dest)
    # (Touched: Ninja goes by times, and SCons copies them.)
    return [("rm", "-f", "--", *target),
            ("cp", "-pP" if symlinks else "-pL", "--", *source, *target),
            ("touch", "-c", "-h", "--", *target)]


def _paths(given: Any) -> Words:
    nodes = given if isinstance(given, (list, tuple)) else [given]
    return tuple(shlex.quote(str(node)) for node in nodes)


_SPELLINGS: dict[Any, Callable[..., list[Words] | None]] = {
    SCons.Defaults.touch_func: _touch, SCons.Defaults.chmod_func: _chmod,
    SCons.Defaults.delete_func: _delete, SCons.Defaults.mkdir_func: _mkdir,
    SCons.Defaults.move_func: _move, SCons.Defaults.copy_func: _copy,
}
