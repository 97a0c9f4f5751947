"""The words of a command as the shell would see them, had SCons run it."""

from __future__ import annotations

import shlex
from typing import Any

from SCons.Subst import escape_list


def subst(env: Any, text: str, target: Any = None) -> tuple[str, ...]:
    """`text` with its variables expanded, for `target` where that has a say.

    What users write into them is meant for a shell, such as `\\$$ORIGIN` in an RPATH.
    """
    words = escape_list(env.subst_list(text, target=target)[0], env["ESCAPE"])
    return tuple(shlex.split(" ".join(map(str, words))))
