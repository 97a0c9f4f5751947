"""Two links at once below a recursive make: never more jobs than tokens, and none left idle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.places import SOURCES
from campaigns.pool.recorder import Build, Event
from campaigns.result import Result
from ltogen.toolchain import Toolchain

_JOBS = 4
_USED_AIM = 0.9
LTOGEN = (sys.executable, "-P", "-m", "ltogen")


def ways() -> dict[str, list[str]]:
    """The makes there are, each with its own jobserver, and ltogen's pool."""
    found = {}
    for name in ("make", "make-4.4"):
        program = shutil.which(name, path=f"{os.environ['PATH']}:{SOURCES / 'tools/bin'}")
        if program is not None:
            found[name] = [program, f"-j{_JOBS}"]
            found[f"pool, {name}"] = [*LTOGEN, "jobserver", f"-j{_JOBS}", "--", program]
    found["pool, capped"] = [*LTOGEN, "jobserver", f"-j{_JOBS}", "--max-memory=80%", "--", "make"]
    return found


def measure(toolchain: Toolchain, work: Path) -> Iterator[Result]:
    """Build in each way."""
    for name, command in ways().items():
        folder = work / "recursion" / name.replace(", ", "-")
        shutil.rmtree(folder, ignore_errors=True)
        build = Build(folder, toolchain)
        build.write()
        done = subprocess.run(command, cwd=folder, env=build.environment(), check=False,
                              capture_output=True, text=True)
        if done.returncode or "jobserver" in done.stderr:
            yield Result(name, "FAILED", False, done.stderr[-300:])
            continue
        events = build.events()
        most, used = _most(events), _used(events)
        yield Result(name, f"{most}, {used:.0%}", most <= _JOBS and used >= _USED_AIM,
                     f"jobs at once, of {_JOBS}, and tokens in use while both links had work")


def _most(events: list[Event]) -> int:
    running = most = 0
    for event in events:
        running += 1 if event.started else -1
        most = max(most, running)
    return most


def _used(events: list[Event]) -> float:
    """Of the token seconds between the first backend and the start of the last."""
    starts = [event.time for event in events if event.started and event.backend]
    first, last = starts[0], starts[-1]
    running, busy, before = 0, 0.0, first
    for event in events:
        if first < event.time <= last:
            busy += running * (event.time - before)
            before = event.time
        running += 1 if event.started else -1
    return busy / (_JOBS * (last - first))
