"""Where the store lies."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Mapping

OFF = "off"
# The folder of objects in a cache folder: `ld.ltogen` keeps its states beside it.
_OBJECTS = "objects"
_SHARDS = [f"{number:02x}" for number in range(256)]
# Who makes an object says so here while it does.
MAKING = "making"


def cache_folder(environment: Mapping[str, str]) -> str:
    """The user's folder for all that ltogen keeps, by the rules for such folders; empty if none."""
    cache = environment.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):  # which counts as none
        home = environment.get("HOME", "").rstrip("/")
        cache = f"{home}/.cache" if os.path.isabs(home) else ""
    return f"{cache}/ltogen" if cache else ""


def objects(environment: Mapping[str, str], asked: str | None = None) -> str:
    """The folder of the store, absolute; empty if it is off.

    `asked` is what the user said of this build: a cache folder, or `off`.
    """
    folder = asked or environment.get("LTOGEN_CACHE_DIR", "") or cache_folder(environment)
    return "" if folder in ("", OFF) else f"{os.path.abspath(folder)}/{_OBJECTS}"


def usable(environment: Mapping[str, str], asked: str | None = None) -> tuple[str, str]:
    """The folder of the store, made if it is not there, and why there is none if it cannot be used.

    Both are empty if it is off.
    """
    folder = objects(environment, asked)
    problem = make(folder) if folder else ""
    return ("" if problem else folder), problem


def make(folder: str) -> str:
    """Make a store, if it is not there; why it cannot be used, or nothing."""
    try:
        if not os.path.isdir(f"{folder}/{MAKING}"):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            for name in (*_SHARDS, MAKING):  # (that one last: it says that all are there)
                os.makedirs(f"{folder}/{name}", exist_ok=True)
        found = os.stat(folder)
    except OSError as error:
        return f"{error.filename or folder}: {error.strerror}"
    if found.st_uid != os.geteuid() or found.st_mode & stat.S_IWOTH:
        return f"{folder} can be written to by another user"
    return ""
