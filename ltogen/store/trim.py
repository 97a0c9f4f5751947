"""Keeps the store as small as its policy wants: what was used least recently goes first."""

from __future__ import annotations

import os
import time

from ltogen.base import files
from ltogen.store.place import MAKING

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltogen.store.policy import Policy

_TRIMMED = "trimmed"  # its time says when the store was
_LEFT = 86400  # seconds after which what is being made has been left by a kill


class Entry:
    """One file of the store: `used` is in seconds of the epoch, `size` in bytes on the disk."""

    __slots__ = ("inode", "path", "size", "used")

    def __init__(self, path: str, found: os.stat_result) -> None:
        self.path, self.inode = path, found.st_ino
        self.used = found.st_atime
        self.size = found.st_blocks * 512


def entries(folder: str) -> Iterator[Entry]:
    """All objects and facts in a store."""
    for shard in _scanned(folder):
        if shard.name != MAKING and shard.is_dir(follow_symlinks=False):
            for entry in _scanned(shard.path):
                try:
                    yield Entry(entry.path, entry.stat(follow_symlinks=False))
                except OSError:
                    continue  # another build trims


def size(found: list[Entry]) -> int:
    """Bytes on the disk; what has several names counts once."""
    return sum({entry.inode: entry.size for entry in found}.values())


def trim_if_due(folder: str, policy: Policy) -> None:
    """Trim the store, if its policy says that it is time again."""
    stamp = f"{folder}/{_TRIMMED}"
    try:
        if 0 <= time.time() - os.stat(stamp).st_mtime < policy.interval:
            return
    except OSError:
        pass  # never yet
    try:
        with open(stamp, "wb"):
            pass
    except OSError:
        return  # nothing is deleted in a store that cannot be written to
    trim(folder, policy)


def trim(folder: str, policy: Policy) -> int:
    """Delete entries until the policy is kept; how many bytes that frees."""
    now = time.time()
    found = sorted(entries(folder), key=lambda entry: entry.used)
    before = size(found)
    limit, total = _limit(folder, policy), before
    names: dict[int, int] = {}
    for entry in found:
        names[entry.inode] = names.get(entry.inode, 0) + 1
    left = len(found)
    for entry in found:
        old = policy.oldest and now - entry.used > policy.oldest
        if not old and (not limit or total <= limit) and (not policy.count or left <= policy.count):
            break
        files.remove(entry.path)
        names[entry.inode] -= 1
        left -= 1
        total -= 0 if names[entry.inode] else entry.size
    _remove_left(folder, now)
    return before - total


def clear(folder: str) -> int:
    """Delete all entries; how many bytes that frees."""
    found = list(entries(folder))
    for entry in found:
        files.remove(entry.path)
    return size(found)


def _limit(folder: str, policy: Policy) -> int:
    """The bytes that the store may have; 0 for no limit."""
    if not policy.percent:
        return policy.size
    disk = os.statvfs(folder)
    share = disk.f_bavail * disk.f_frsize * policy.percent // 100
    return min(policy.size, share) if policy.size else share


def _remove_left(folder: str, now: float) -> None:
    for entry in _scanned(f"{folder}/{MAKING}"):
        try:
            if now - entry.stat(follow_symlinks=False).st_mtime > _LEFT:
                os.unlink(entry.path)
        except OSError:
            continue


def _scanned(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from found
    except OSError:
        return
