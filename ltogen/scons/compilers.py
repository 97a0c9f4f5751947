"""The compilers of an environment: how `CC` and `CXX` name those of the toolchain."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import Any


def spelled(env: Any, driver: Sequence[str]) -> Any:
    """A compiler as a construction variable: a string for one word, as SCons's own tools have it.

    By its short name where the environment's PATH means the same file by that: scripts compare.
    """
    if len(driver) > 1 or shlex.quote(driver[0]) != driver[0]:
        return list(driver)
    names = _short_names(driver[0])
    return next((name for name in names if _is(_found(env, name), driver[0])), driver[0])


def flags_behind(env: Any, words: tuple[str, ...],
                 driver: tuple[str, ...]) -> tuple[str, ...] | None:
    """The flags behind the compiler in the value of `CC`; None if it is another compiler.

    What stands before it runs it: ccache, say.
    """
    for place, word in enumerate(words):
        end = place + len(driver)
        if words[place + 1:end] == driver[1:] and _is(_found(env, word), driver[0]):
            return words[end:]
        if word.startswith("-"):
            break
    return None


def is_for_cxx(words: tuple[str, ...], driver: tuple[str, ...]) -> bool:
    """Whether the value of `LINK` is a compiler that links C++'s library."""
    return words == driver or any("++" in os.path.basename(word) for word in words
                                  if not word.startswith("-"))


def _short_names(path: str) -> tuple[str, ...]:
    name = os.path.basename(path)
    return (name.partition("-")[0], name)


def _found(env: Any, word: str) -> str:
    """The file of a program, as the shell of the environment finds it."""
    return (env.WhereIs(word) or "") if os.sep not in word else str(env.File(word).get_abspath())


def _is(path: str, other: str) -> bool:
    return bool(path) and os.path.realpath(path) == os.path.realpath(other)
