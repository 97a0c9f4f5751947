"""States that no link has used for long are deleted, and the oldest where they are too many."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time

from ltogen.ld import mark

_LONGEST = 30 * 86400  # seconds without a link
_LARGEST = 5 << 30  # bytes, of all states
_OFTEN = 86400  # seconds between two looks
_LOOKED = ".pruned"
_GONE = ".gone-"


def prune_beside(folder: str) -> None:
    """Delete states beside one, at most once a day; those in use stay.

    What cannot be deleted is left to the next time: this is no part of a link. A folder that the
    user named is the user's to clear.
    """
    if os.environ.get("LTOGEN_STATE_DIR"):
        return
    root = os.path.dirname(folder)
    with contextlib.suppress(OSError):
        if _is_due(f"{root}/{_LOOKED}"):
            _prune(root)


def _is_due(stamp: str) -> bool:
    now = time.time()
    try:
        if 0 <= now - os.lstat(stamp).st_mtime < _OFTEN:
            return False
    except FileNotFoundError:
        pass
    os.close(os.open(stamp, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    os.utime(stamp, follow_symlinks=False)
    return True


def _prune(root: str) -> None:
    now, total = time.time(), 0
    states = [entry.path for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False)]
    for used, folder in sorted(((_used(folder), folder) for folder in states), reverse=True):
        total += _size(folder)
        if now - used > _LONGEST or total > _LARGEST or _is_left(folder, now - used):
            with contextlib.suppress(OSError):
                _delete(root, folder)


def _is_left(folder: str, age: float) -> bool:
    """Whether a kill left it: half made, or half deleted."""
    return os.path.basename(folder).startswith(".") and age > _OFTEN


def _used(folder: str) -> float:
    """When a link last used a state, in seconds of the epoch."""
    for path in (f"{folder}/record", folder):
        with contextlib.suppress(OSError):
            return os.lstat(path).st_mtime
    return 0.0


def _size(folder: str) -> int:
    """The bytes of the files below a folder."""
    total, pending = 0, [folder]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    return total


def _delete(root: str, folder: str) -> None:
    """Delete a state that is nobody's now; who waits for its lock makes another."""
    if mark.foreign(folder):
        return
    lock = os.open(f"{folder}/{mark.LOCK}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        gone = f"{root}/{_GONE}{os.urandom(6).hex()}"
        os.rename(folder, gone)
        mark.remove(gone)
    finally:
        os.close(lock)
