"""Killed at random moments: nothing is left behind, and the next build is right."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.existing.subject import Result
from bench.pool.recorder import Build
from bench.pool.recursion import LTOGEN
from ltogen.toolchain import Toolchain

_SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_PATIENCE = 20.0  # seconds for everything to end


def measure(toolchain: Toolchain, work: Path, kills: int, seed: int) -> Iterator[Result]:
    """Start, kill, look, and build; `kills` times."""
    build = Build(work / "kills", toolchain)
    shutil.rmtree(build.folder, ignore_errors=True)
    build.write()
    chance = random.Random(seed)
    expected = _whole(build)
    left = wrong = 0
    for _ in range(kills):
        subprocess.run(["make", "clean"], cwd=build.folder, env=build.environment(), check=True,
                       stdout=subprocess.DEVNULL)
        if not _killed(build, chance):
            left += 1
        wrong += _whole(build) != expected
    yield Result("kills", str(kills), None, f"of the pool, make and what they run, seed {seed}")
    yield Result("orphans", str(left), left == 0, "runs that left a process behind")
    yield Result("wrong", str(wrong), wrong == 0, "rebuilds with another result")


def _whole(build: Build) -> list[bytes]:
    """Both programs, from what is there."""
    done = subprocess.run(["make", "-j4"], cwd=build.folder, env=build.environment(), check=False,
                          capture_output=True)
    if done.returncode:
        return [done.stderr]
    return [(build.folder / name).read_bytes() for name in ("one", "two")]


def _killed(build: Build, chance: random.Random) -> bool:
    """One kill; whether everything has ended after it."""
    process = subprocess.Popen(
        [*LTOGEN, "jobserver", "--", "make", "-j4"], cwd=build.folder, env=build.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(chance.uniform(0.02, 2.5))
    tree = marked(str(build.folder))
    victim = process.pid if chance.random() < 0.4 or not tree else chance.choice(tree)
    number = chance.choice(_SIGNALS)
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, number)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return False
    deadline = time.monotonic() + _PATIENCE
    while marked(str(build.folder)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def marked(marker: str) -> list[int]:
    """Living processes with the marker in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if f"MARKER={marker}".encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found
