"""A command under a pool of its own."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable

from ltogen.jobserver import governor, keeper, makeflags
from ltogen.jobserver.lost import Lost
from ltogen.jobserver.tokens import Tokens
from ltogen.steps import processes as run_processes

_SEARCH = 0.25  # seconds between two searches for lost tokens
_MEASURE = 0.1  # seconds between two looks at the memory


def serve(command: list[str], jobs: int, cap: int | None, *, by_path: bool | None = None) -> int:
    """Run `command` with a pool for `jobs` jobs, together below `cap` bytes; its status.

    `by_path`: whether it finds the pool by a path or by descriptors; None for what any make can. A
    pool with a cap is two pipes, and a path leads to one only.
    """
    def prepare() -> keeper.Job:
        tokens = Tokens(jobs, governed=cap is not None)
        flags = makeflags.with_auth(os.environ.get("MAKEFLAGS", ""), _auth(tokens, jobs, by_path))
        given = {**os.environ, "MAKEFLAGS": flags, "CARGO_MAKEFLAGS": flags}
        return keeper.Job(command, given, (tokens.read, tokens.write), _look(tokens, cap),
                          _MEASURE if tokens.governed else _SEARCH, tokens.returns)

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


def _look(tokens: Tokens, cap: int | None) -> Callable[[], None]:
    lost = Lost(tokens, os.getpid())
    governs = governor.Governor(cap, os.getpid()) if cap is not None else None

    next_search = next_measure = 0.0
    allowed = 1

    def look() -> None:
        nonlocal next_search, next_measure, allowed
        now = time.monotonic()
        if now >= next_search:
            next_search = now + _SEARCH
            lost.restore()
        if governs is not None:
            if now >= next_measure:
                next_measure = now + _MEASURE
                allowed = governs.allowed(tokens.held())
            tokens.collect()
            tokens.offer(allowed - 1)

    return look
