"""The words of a command as the shell would see them if SCons ran it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from SCons.Subst import escape_list

_Expand = Callable[[Any, str], tuple[str, ...]]


def subst(env: Any, text: str, target: Any = None) -> tuple[str, ...]:
    """`text` with its variables expanded, also those that depend on `target`.

    Values are shell text, such as `\\$$ORIGIN` in an RPATH.
    """
    words = escape_list(env.subst_list(text, target=target)[0], env["ESCAPE"])
    return tuple(shlex.split(" ".join(map(str, words))))


class Expansions:
    """A cache of expanded variables, valid as long as nobody changes the environments."""

    def __init__(self) -> None:
        self._known: dict[tuple[_Expand, int, str], tuple[Any, tuple[str, ...]]] = {}

    def words(self, env: Any, text: str) -> tuple[str, ...]:
        """`text` as words for a shell."""
        return self._of(subst, env, text)

    def text(self, env: Any, text: str) -> str:
        """`text`, expanded as a part of a path."""
        return self._of(_in_path, env, text)[0]

    def _of(self, expand: _Expand, env: Any, text: str) -> tuple[str, ...]:
        key = expand, id(env), text
        if key not in self._known:
            # (With the environment: its number is its own for as long as it lives.)
            self._known[key] = env, expand(env, text)
        return self._known[key][1]


def _in_path(env: Any, text: str) -> tuple[str, ...]:
    return (env.subst(text),)
