"""A nested build ends with the link that runs it, also when that is killed."""

from __future__ import annotations

import os

# A pipe ends when all who can write to it have: nothing has to be polled, and it costs a shell,
# which starts while Ninja does. (PR_SET_PDEATHSIG would take a fork of Python, and ctypes in it.)
_WATCH = 'read -r build && { read -r _ || kill -TERM "$build"; }'


class Guard:
    """Ends a process when this one ends without having said `done`."""

    def __init__(self) -> None:
        read, self._pipe = os.pipe()
        null = os.open(os.devnull, os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, read, 0), (os.POSIX_SPAWN_DUP2, null, 1),
                   (os.POSIX_SPAWN_DUP2, null, 2)]
        # In a session of its own, so that what kills this one's group spares it.
        self._shell = os.posix_spawn("/bin/sh", ["sh", "-c", _WATCH], {}, file_actions=actions,
                                     setsid=True)
        os.close(read)
        os.close(null)

    def watch(self, process: int) -> None:
        """The process to end; Ninja then ends what it runs."""
        self._tell(b"%d\n" % process)

    def done(self) -> None:
        """The process has ended by itself, if there was one."""
        self._tell(b"0\n0\n")
        os.close(self._pipe)
        os.waitpid(self._shell, 0)

    def _tell(self, line: bytes) -> None:
        try:
            os.write(self._pipe, line)
        except BrokenPipeError:
            return  # somebody killed the shell: the link is as good without
