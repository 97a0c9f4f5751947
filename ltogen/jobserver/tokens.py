"""The maker's end of a jobserver: how many tokens there are, and how many are out."""

from __future__ import annotations

import array
import fcntl
import os
import termios

_TOKEN = b"+"  # the byte that make itself uses
MOST_JOBS = 4096  # as many tokens as any pipe holds


class Tokens:
    """A pool for `jobs` jobs at once: one token less, since whoever is given the pool may run one.

    A governed pool withholds tokens: its clients read from one pipe and write to another, so all
    that comes back comes here. Else both are one, and nothing stands between clients.
    """

    def __init__(self, jobs: int, *, governed: bool) -> None:
        self.total = jobs - 1
        self.governed = governed
        self.read, self._fill = os.pipe2(os.O_CLOEXEC)
        # The descriptor's own mode is its clients' too; this one is a second opening.
        mode = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
        self._own = os.open(f"/proc/self/fd/{self.read}", mode)
        self.returns, self.write = (os.pipe2(os.O_CLOEXEC) if governed else (-1, self._fill))
        self._stock = self.total
        if not governed:
            self.offer(self.total)

    def free(self) -> int:
        """Tokens that anybody could take now."""
        return content(self.read)

    def held(self) -> int:
        """Tokens that clients have, dead or alive."""
        return self.total - self._stock - self.free()

    def collect(self) -> None:
        """Take in what came back."""
        waiting = content(self.returns)
        if waiting:
            self._stock += len(os.read(self.returns, waiting))
        # A client that gave back more than it had must not make the pool larger.
        self._stock = min(self._stock, self.total - self.free())

    def offer(self, out: int) -> None:
        """Let `out` tokens be out of here, free or held; fewer only as they come back."""
        wanted = min(out, self.total) - (self.total - self._stock)
        if wanted > 0:
            os.write(self._fill, _TOKEN * wanted)
            self._stock -= wanted
        elif wanted < 0 and self.free():
            try:
                self._stock += len(os.read(self._own, -wanted))
            except BlockingIOError:
                return  # somebody was quicker

    def restore(self, lost: int) -> None:
        """Put back tokens that died with who held them."""
        self._stock += lost
        if not self.governed:
            self.offer(self.total)


def content(pipe: int) -> int:
    """Bytes that wait in a pipe."""
    size = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, size)
    return size[0]
