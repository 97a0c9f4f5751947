"""Which folders are `ld.ltogen`'s own: it deletes and overwrites in no other."""

from __future__ import annotations

import os
import stat

from ltogen.base import files

_FILE = "ltogen-state"
_TEXT = b"This folder is the state of a link by ld.ltogen, which may delete all that is in it.\n"
LOCK = "lock"


def foreign(folder: str) -> str:
    """Why a folder is not ltogen's own; empty if it is: real, of this user, and with the mark.

    Raises OSError if there is no such folder.
    """
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode):
        return "is no folder"
    if found.st_uid != os.geteuid():
        return "is another user's"
    if found.st_mode & stat.S_IWOTH:
        return "can be written to by anybody"
    return "" if _is_marked(folder) else "was not made by ltogen"


def _is_marked(folder: str) -> bool:
    try:
        mark = os.open(f"{folder}/{_FILE}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return os.read(mark, len(_TEXT)) == _TEXT
    except OSError:
        return False
    finally:
        os.close(mark)


def make(folder: str, output: str) -> None:
    """Make a folder with the mark, at once as a whole; nothing happens if there is something else.

    Raises OSError where no folder can be made.
    """
    root = os.path.dirname(folder)
    os.makedirs(root, mode=0o700, exist_ok=True)
    aside = f"{root}/.new-{os.urandom(6).hex()}"
    os.mkdir(aside, 0o700)
    try:
        _create(f"{aside}/{_FILE}", _TEXT + os.fsencode(os.path.abspath(output)) + b"\n")
        _create(f"{aside}/{LOCK}", b"")
        os.rename(aside, folder)
    except OSError:
        remove(aside)
        if not os.path.lexists(folder):
            raise


def _create(path: str, content: bytes) -> None:
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.write(made, content)
    finally:
        os.close(made)


def remove(folder: str) -> None:
    """Delete one of ltogen's own folders. The mark goes last: what a kill leaves is still ours."""
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            files.remove_tree(entry.path)
        elif entry.name != _FILE:
            os.unlink(entry.path)
    files.remove(f"{folder}/{_FILE}")
    os.rmdir(folder)


def symlink_in(folder: str) -> str:
    """A symbolic link below a folder, through which a build could write elsewhere."""
    pending = [folder]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_symlink():
                    return entry.path
                if entry.is_dir():
                    pending.append(entry.path)
    return ""
