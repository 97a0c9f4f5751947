"""The tool itself: the functions that SCons calls."""

from __future__ import annotations

import os
from typing import Any

from SCons.Errors import UserError as SconsError

from ltogen.scons import builders, settings
from ltogen.scons.compilers import spelled
from ltogen.scons.place import errors_at, here

_ITS_CACHE = frozenset(("HOME", "XDG_CACHE_HOME", "ZIG_GLOBAL_CACHE_DIR"))


def generate(env: Any) -> None:
    """Add the builders and their variables, and set the compilers of the toolchain."""
    env.SetDefault(**settings.DEFAULTS)
    with errors_at(here()):
        found = settings.toolchain(env, settings.place(env))
    env.Replace(CC=spelled(env, found.cc), CXX=spelled(env, found.cxx))
    if found.ar:
        env.Replace(AR=spelled(env, found.ar), RANLIB="", RANLIBCOM="")
    if found.kind == "embedded":
        # It keeps what it builds of its C library below the user's folder.
        for name in _ITS_CACHE & os.environ.keys():
            env["ENV"].setdefault(name, os.environ[name])
    builders.add_to(env)


def exists(env: Any) -> bool:
    """Whether there is a toolchain."""
    try:
        env.SetDefault(**settings.DEFAULTS)
        settings.toolchain(env, settings.place(env))
    except SconsError:
        return False
    return True
