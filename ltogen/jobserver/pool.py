"""Access to the tokens of a jobserver that another process made."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from ltogen.jobserver import makeflags
from ltogen.jobserver.makeflags import Auth


class Pool:
    """A jobserver that this process can use.

    Any process of this user can open its pipe or its two pipes by the paths `read` and `write`,
    as long as its maker lives.
    """

    def __init__(self, read: str, write: str) -> None:
        self.read, self.write = read, write
        self._read = self._write = -1

    def take(self) -> bytes:
        """Take one token; empty if none is free now."""
        if self._read < 0:
            # Of its own description: the mode must not change for others.
            self._read = os.open(self.read, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return os.read(self._read, 1)
        except BlockingIOError:
            return b""

    def give(self, tokens: bytes) -> None:
        """Put tokens back: the same bytes that were taken."""
        if self._write < 0:
            self._write = os.open(self.write, os.O_WRONLY | os.O_CLOEXEC)
        while tokens:
            tokens = tokens[os.write(self._write, tokens):]


def join() -> Pool | None:
    """The jobserver in MAKEFLAGS; None without one, or if it cannot be opened."""
    auth = makeflags.current()
    if auth is None:
        return None
    if auth.path:
        return Pool(auth.path, auth.path) if _is_fifo(auth.path) else None
    # make closes its descriptors for what is no recursive make, and still names them: the pipe is
    # reached through the make that holds it.
    for process in _ancestors():
        ends = _ends(process, auth)
        if ends is not None:
            read, write = (f"/proc/{process}/fd/{number}" for number in (auth.read, auth.write))
            return Pool(read, read if ends[0] == ends[1] else write)
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


def _ends(process: int, auth: Auth) -> tuple[int, int] | None:
    """The inodes of the jobserver's ends, if this process holds them.

    Only a jobserver's maker or client holds both ends of one pipe. For two pipes, the process must
    have them in its MAKEFLAGS.
    """
    folder = f"/proc/{process}"
    try:
        stats = [os.stat(f"{folder}/fd/{number}") for number in (auth.read, auth.write)]
        if (not all(stat.S_ISFIFO(one.st_mode) for one in stats)
                or _mode(f"{folder}/fdinfo/{auth.read}") == os.O_WRONLY
                or _mode(f"{folder}/fdinfo/{auth.write}") == os.O_RDONLY):
            return None
        ends = (stats[0].st_ino, stats[1].st_ino)
        return ends if ends[0] == ends[1] or _was_told(folder, auth) else None
    except (OSError, ValueError):
        return None


def _was_told(folder: str, auth: Auth) -> bool:
    with open(f"{folder}/environ", "rb") as file:
        return f"--jobserver-auth={auth.read},{auth.write}".encode() in file.read()


def _mode(path: str) -> int:
    with open(path, encoding="ascii") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name == "flags":
                return int(value, 8) & os.O_ACCMODE
    raise ValueError(path)
