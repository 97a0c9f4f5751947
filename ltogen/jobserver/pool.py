"""Access to the tokens of a jobserver, from whoever made it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from ltogen.jobserver import makeflags


class Pool:
    """A jobserver that this process can use.

    `path` opens to its pipe from any process of this user, for as long as its maker lives.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._read = self._write = -1

    def take(self) -> bytes:
        """One token, or nothing if none is free just now."""
        if self._read < 0:
            # Of its own description: the mode must not change for others.
            self._read = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return os.read(self._read, 1)
        except BlockingIOError:
            return b""

    def give(self, tokens: bytes) -> None:
        """Put tokens back, the very bytes that were taken."""
        if self._write < 0:
            self._write = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)
        while tokens:
            tokens = tokens[os.write(self._write, tokens):]


def join() -> Pool | None:
    """The jobserver that MAKEFLAGS names; None without one, or if it cannot be reached."""
    auth = makeflags.current()
    if auth is None:
        return None
    if auth.path:
        return Pool(auth.path) if _is_fifo(auth.path) else None
    # make closes its descriptors for what is no recursive make, and still names them: the pipe is
    # reached through the make that holds it.
    for process in _ancestors():
        if _holds_both_ends(process, auth.read, auth.write):
            return Pool(f"/proc/{process}/fd/{auth.read}")
    return None


def _is_fifo(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


def _ancestors() -> Iterator[int]:
    """This process, its parent, and so on."""
    process = os.getpid()
    while process > 1:
        yield process
        try:
            with open(f"/proc/{process}/stat", "rb") as file:
                # The name may have any character in it, so count from its end.
                process = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return


def _holds_both_ends(process: int, read: int, write: int) -> bool:
    """Whether these two are the ends of one pipe: only a jobserver's client or maker keeps both."""
    folder = f"/proc/{process}"
    try:
        ends = [os.stat(f"{folder}/fd/{number}") for number in (read, write)]
        if not all(stat.S_ISFIFO(end.st_mode) for end in ends) or ends[0].st_ino != ends[1].st_ino:
            return False
        return (_mode(f"{folder}/fdinfo/{read}") != os.O_WRONLY
                and _mode(f"{folder}/fdinfo/{write}") != os.O_RDONLY)
    except (OSError, ValueError):
        return False


def _mode(path: str) -> int:
    with open(path, encoding="ascii") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name == "flags":
                return int(value, 8) & os.O_ACCMODE
    raise ValueError(path)
