"""The maker's end of a jobserver: how many tokens there are, and how many are held."""

from __future__ import annotations

import array
import fcntl
import os
import termios

_TOKEN = b"+"  # the byte that make itself uses
MOST_JOBS = 4096  # as many tokens as any pipe holds


class Tokens:
    """A pool for `jobs` jobs at once. It has one token less, since its client has one job without.

    A governed pool withholds tokens: clients read from one pipe and write to another, so returned
    tokens pass through here. Otherwise there is one pipe, and clients exchange tokens directly.
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
        """The number of free tokens."""
        return content(self.read)

    def held(self) -> int:
        """The number of tokens that clients hold, dead ones included."""
        return self.total - self._stock - self.free()

    def collect(self) -> None:
        """Collect returned tokens."""
        waiting = content(self.returns)
        if waiting:
            self._stock += len(os.read(self.returns, waiting))
        # A client that gave back more than it had must not make the pool larger.
        self._stock = min(self._stock, self.total - self.free())

    def offer(self, out: int) -> None:
        """Offer tokens until `out` are free or held; the number falls only as tokens return."""
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
        """Put lost tokens back."""
        self._stock += lost
        if not self.governed:
            self.offer(self.total)


def content(pipe: int) -> int:
    """The number of bytes in a pipe."""
    size = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, size)
    return size[0]
