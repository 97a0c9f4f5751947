"""A program that ends with this process, and with it all that it started."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# The shell is the first process of its PID namespace: when it ends, the kernel kills all others,
# and what they shared as memory of System V goes with its namespace. A line that it reads is a
# signal for the program; the pipe ends when this process does.
_KEEP = """
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{ while read -r signal; do kill -"$signal" $program; done; kill -KILL $program; } <&3 &
exec 3<&- 2>/dev/null
wait $program
status=$?
kill -KILL -1
[ -z "$SERVICE_LEAVES" ] || rm -rf "$SERVICE_LEAVES"
exit $status
"""
_OWN_USER = ("--user", "--map-current-user") if os.geteuid() else ()
_NAMESPACE = ("unshare", *_OWN_USER, "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc")
_LOG_LINES = 30


class EngineError(Exception):
    """An engine that does not start, or not in time; the end of its log is the message."""


@functools.cache
def namespaces_work() -> bool:
    """Say whether this user may start a service here."""
    tried = subprocess.run([*_NAMESPACE, "true"], check=False, stderr=subprocess.DEVNULL)
    return tried.returncode == 0


class Service:
    """A running program. What it prints is added to `log`, or goes where this one's does.

    `leaves` is a folder that goes with it, also when this process is killed.
    """

    def __init__(self, words: Sequence[str | Path], folder: Path, log: Path | None, *,
                 environment: Mapping[str, str] | None = None, leaves: Path | None = None) -> None:
        self._log = log
        everything = {**(environment or os.environ), "SERVICE_LEAVES": str(leaves or "")}
        with contextlib.nullcontext() if log is None else log.open("ab") as output:
            # In a session of its own, so that what kills this one's group spares its keeper.
            self._process = subprocess.Popen(
                [*_NAMESPACE, "sh", "-c", _KEEP, "sh", *map(str, words)], cwd=folder,
                env=everything, stdin=subprocess.PIPE, stdout=output, stderr=output,
                start_new_session=True)

    @property
    def runs(self) -> bool:
        """Say whether it is still there."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float = 30) -> None:
        """Wait until `ready`; raises EngineError when it ends before, or takes too long."""
        until = time.monotonic() + seconds
        while not ready():
            if not self.runs or time.monotonic() > until:
                raise EngineError(f"{what} does not start:\n{self._end_of_log()}")
            time.sleep(0.01)

    def wait(self) -> int:
        """Wait for its end; what it ends with, as shells say it."""
        return self._process.wait()

    def stop(self, signal: str = "TERM", seconds: float = 10) -> None:
        """Let it end by itself, but not longer than some seconds."""
        pipe = self._process.stdin
        assert pipe is not None
        with contextlib.suppress(BrokenPipeError, ValueError):
            pipe.write(f"{signal}\n".encode())
            pipe.flush()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End it at once, with all that it started; after this nothing of it runs."""
        pipe = self._process.stdin
        assert pipe is not None
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
        self._process.wait()

    def _end_of_log(self) -> str:
        if self._log is None:
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:])
