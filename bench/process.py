"""Runs a command to its end and tells what it took."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ltogen.base.errors import UserError


@dataclass(frozen=True, slots=True)
class Run:
    """One finished command and its descendants.

    `peak_kib` is the memory of the largest single process among them. The benchmark's own size is
    the least it can be: a child starts as a copy of its parent.
    """

    seconds: float
    cpu_seconds: float
    peak_kib: int
    output: str


def run(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> Run:
    """Run `command`; UserError with the end of what it printed if it fails."""
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=log,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        output = log.read().decode("utf-8", "replace")
    if child.returncode:
        tail = "\n".join(_short(line) for line in output.splitlines()[-5:])
        raise UserError(f"{_short(shlex.join(command))}: failed with status {child.returncode}\n"
                        f"{tail}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, output)


def _short(text: str) -> str:
    return text if len(text) < 300 else f"{text[:300]}…"
