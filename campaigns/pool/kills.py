"""Killed at random moments: nothing is left behind, and the next build is right."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from campaigns.places import ROOT
from campaigns.pool import count
from campaigns.pool.recorder import Build
from campaigns.pool.recursion import LTOGEN
from campaigns.result import Result
from ltogen.toolchain import Toolchain

_SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_PATIENCE = 20.0  # seconds for everything to end
_JOBS = 4
_COUNT = "count"
# The pool goes with the make that it runs; with a shell around, it lives and can be asked.
_COMMANDS = (
    ("--", "make", f"-j{_JOBS}"),
    (f"-j{_JOBS}", "--", "sh", "-c", 'make; "$0" -P -m campaigns.pool.count "$TMPDIR/$1"',
     sys.executable, _COUNT),
)


def measure(toolchain: Toolchain, work: Path, kills: int, seed: int) -> Iterator[Result]:
    """Start, kill, look, and build; `kills` times."""
    build = Build(work / "kills", toolchain)
    shutil.rmtree(build.folder, ignore_errors=True)
    build.write()
    chance = random.Random(seed)
    expected = _whole(build)
    left = files = wrong = 0
    pools: list[int] = []
    for kill in range(kills):
        if kill % 20 == 0:
            print(f"{kill} kills of {kills}", file=sys.stderr, flush=True)
        subprocess.run(["make", "clean"], cwd=build.folder, env=build.environment(), check=True,
                       stdout=subprocess.DEVNULL)
        left += not _killed(build, _COMMANDS[kill % len(_COMMANDS)], chance)
        files += bool(_new_files(build))
        pools += _tokens(build)
        wrong += _whole(build) != expected
    broken = sum(pool != _JOBS - 1 for pool in pools)
    yield Result("kills", str(kills), None, f"of the pool, make and what they run, seed {seed}")
    yield Result("orphans", str(left), left == 0, "runs that left a process behind")
    yield Result("files", str(files), files == 0, "runs that left a fifo or another file in TMPDIR")
    yield Result("pools", f"{broken} of {len(pools)}", broken == 0 and pools != [],
                 "not whole afterwards, of those whose server lived"
                 + "".join(f", {pool} tokens" for pool in pools if pool != _JOBS - 1))
    yield Result("wrong", str(wrong), wrong == 0, "rebuilds with another result")


def _whole(build: Build) -> list[bytes]:
    """Both programs, from what is there."""
    done = subprocess.run(["make", "-j4"], cwd=build.folder, env=build.environment(), check=False,
                          capture_output=True)
    if done.returncode:
        return [done.stderr]
    return [(build.folder / name).read_bytes() for name in ("one", "two")]


def _new_files(build: Build) -> list[Path]:
    return [path for path in (build.folder / "tmp").iterdir() if path.name != _COUNT]


def _tokens(build: Build) -> list[int]:
    """How many tokens the pool had after the kill, if it was there to be asked."""
    file = build.folder / "tmp" / _COUNT
    if not file.exists():
        return []
    tokens = int(file.read_text() or -1)
    file.unlink()
    return [tokens]


def _killed(build: Build, command: tuple[str, ...], chance: random.Random) -> bool:
    """One kill; whether everything has ended after it."""
    folder = build.folder / "tmp"
    folder.mkdir(exist_ok=True)
    environment = {**build.environment(), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [*LTOGEN, "jobserver", *command], cwd=build.folder, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(chance.uniform(0.02, 2.5))
    tree = marked(str(build.folder))
    victim = process.pid if chance.random() < 0.4 or not tree else chance.choice(tree)
    number = chance.choice(_SIGNALS)
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, number)
    try:
        # With a shell around, the pool is asked in between.
        process.wait(_PATIENCE + (count.PATIENCE if _COUNT in command else 0))
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
