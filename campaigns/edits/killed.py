"""The campaign itself is killed, and leaves no process behind."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.places import fresh
from campaigns.places import ROOT
from campaigns.pool.kills import marked
from campaigns.result import Result

_KILLS, _PATIENCE = 5, 20.0


def measure(work: Path) -> Iterator[Result]:
    """Several times: the front, or any process of it."""
    chance = random.Random(5)
    left = sum(not _ends(fresh(work), chance, front=number % 2 == 0) for number in range(_KILLS))
    yield Result("orphans", str(left), left == 0, f"of {_KILLS} killed campaigns")


def _ends(work: Path, chance: random.Random, *, front: bool) -> bool:
    """Whether all of a campaign has ended some time after one of its processes was killed."""
    words = [sys.executable, "-m", "campaigns.edits", "--store", "--work", str(work),
             "--seconds", "30" if front else "1"]
    process = subprocess.Popen(words, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               env={**os.environ, "MARKER": str(work)})
    while len(marked(str(work))) < 10 and process.poll() is None:
        time.sleep(0.1)
    time.sleep(chance.uniform(0, 5))
    victim = process.pid if front else chance.choice([*marked(str(work)), process.pid])
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    return _gone(process, str(work), _PATIENCE if front else 600)


def _gone(process: subprocess.Popen[bytes], marker: str, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while process.poll() is None or marked(marker):
        if time.monotonic() > deadline:
            for pid in (process.pid, *marked(marker)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(0.05)
    return True
