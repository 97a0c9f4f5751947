"""Where the states of links lie: in a folder for caches, and none where an output is."""

from __future__ import annotations

import _imp
import os
import stat

from ltogen.store.place import cache_folder

# LLVM, lld or Ninja's depfiles spoil such paths of modules.
_SPOILT = frozenset(";*<>^\\|`")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-")
_LONGEST = 40  # characters of an output's name; the digest tells outputs apart


def roots() -> list[str]:
    """The folders that have a state for each output; the first that can be written to counts.

    A home that is missing or read-only is usual in containers and for those who build packages:
    then the states live as long as the folder for temporary files.
    """
    named = os.environ.get("LTOGEN_STATE_DIR", "")
    if named:
        return [os.path.abspath(named)]
    cache = cache_folder(os.environ)
    temporary = os.environ.get("TMPDIR", "") or "/tmp"
    found = [f"{cache}/links"] if cache else []
    found.append(f"{os.path.abspath(temporary)}/ltogen-links-{os.geteuid()}")
    return [root for root in found if not _is_foreign(root)]


def _is_foreign(root: str) -> bool:
    """Whether somebody else could put another folder in the place of a state."""
    try:
        found = os.lstat(root)
    except OSError:
        return False
    return (not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid()
            or bool(found.st_mode & stat.S_IWOTH))


def of(output: str) -> list[str]:
    """The folders that may have the state of a link, the best first."""
    name = _name(os.path.abspath(output))
    return [fit for root in roots() if (fit := _fit(f"{root}/{name}"))]


def _name(path: str) -> str:
    # By the hash of Python's own bytecode files: nothing has to be loaded for it.
    number = "".join(_imp.source_hash(key, os.fsencode(path)).hex() for key in (1, 2))
    name = "".join(letter if letter in _LETTERS else "_" for letter in os.path.basename(path))
    return f"{name[:_LONGEST].lstrip('.') or '_'}-{number}"


def _fit(folder: str) -> str:
    """The folder as modules may be named by it: from here, if its whole path is spoilt."""
    if _is_fit(folder):
        return folder
    path = os.path.relpath(folder)
    return path if _is_fit(path) else ""


def _is_fit(path: str) -> bool:
    return path.isascii() and path.isprintable() and not _SPOILT & set(path)
