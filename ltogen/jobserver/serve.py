"""Runs a command under a pool of its own."""

from __future__ import annotations

import os
import re
import shutil
import time

from ltogen.base import processes as run_processes
from ltogen.jobserver import governor, keeper, makeflags, processes
from ltogen.jobserver.lost import Lost
from ltogen.jobserver.peaks import Peaks
from ltogen.jobserver.tokens import Tokens

_SEARCH = 0.25  # seconds between two searches for lost tokens
_MEASURE = 0.1  # seconds between two looks at the memory


def serve(command: list[str], jobs: int, cap: int | None, *, by_path: bool | None = None,
          peaks: Peaks | None = None) -> int:
    """Run `command` with a pool for `jobs` jobs below `cap` bytes in total; its exit status.

    `peaks` measures the jobs. `by_path` passes the pool as a path, else as file descriptors; None
    chooses what the make on PATH can read. A pool with a cap is two pipes, and a path is only one.
    """
    def prepare() -> keeper.Job:
        tokens = Tokens(jobs, governed=cap is not None)
        flags = makeflags.with_auth(os.environ.get("MAKEFLAGS", ""), _auth(tokens, jobs, by_path))
        given = {**os.environ, "MAKEFLAGS": flags, "CARGO_MAKEFLAGS": flags}
        return keeper.Job(command, given, (tokens.read, tokens.write),
                          _Watch(tokens, cap, peaks).look,
                          _MEASURE if tokens.governed or peaks else _SEARCH, tokens.returns,
                          peaks.end if peaks else lambda: None)

    return keeper.run(prepare)


def _auth(tokens: Tokens, jobs: int, by_path: bool | None) -> str:
    if not tokens.governed and (_make_opens_paths() if by_path is None else by_path):
        return f"-j{jobs} --jobserver-auth=fifo:/proc/{os.getpid()}/fd/{tokens.read}"
    return f"-j{jobs} --jobserver-auth={tokens.read},{tokens.write}"


def _make_opens_paths() -> bool:
    """Whether the make on PATH is 4.4 or later; without one, other clients decide."""
    program = shutil.which("make")
    if program is None:
        return True
    text = run_processes.run([program, "--version"])[1].decode(errors="replace")
    version = re.match(r"GNU Make (\d+)\.(\d+)", text)
    return version is not None and tuple(map(int, version.groups())) >= (4, 4)


class _Watch:
    """The work of the keeper while the command runs."""

    def __init__(self, tokens: Tokens, cap: int | None, peaks: Peaks | None) -> None:
        self._tokens, self._peaks = tokens, peaks
        self._lost = Lost(tokens)
        self._governor = governor.Governor(cap) if cap is not None else None
        self._allowed = 1
        self._search = self._measure = 0.0  # when to do it next

    def look(self) -> None:
        """Do what is due, and offer the tokens that came back again."""
        now = time.monotonic()
        searches = now >= self._search
        measures = now >= self._measure and bool(self._governor or self._peaks)
        # Before the processes: a token may be taken just now for a job that is not seen yet.
        held = self._tokens.held()
        living = processes.below(os.getpid()) if measures or (searches and held) else {}
        if searches:
            self._search = now + _SEARCH
            self._lost.restore(living, held)
        if measures:
            self._measure = now + _MEASURE
            if self._peaks is not None:
                self._peaks.look(living)
        if self._governor is not None:
            if measures:
                self._allowed = self._governor.allowed(living, held)
            self._tokens.collect()
            self._tokens.offer(self._allowed - 1)
