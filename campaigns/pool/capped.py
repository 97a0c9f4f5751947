"""Jobs that together want almost three times the cap: it holds, and costs little."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.places import fresh
from campaigns.pool.kills import marked
from campaigns.pool.recursion import LTOGEN
from campaigns.result import Result
from ltogen.jobserver import processes
from ltogen.toolchain import Toolchain

_CAP = 1 << 30
_PEAK_AIM = 1.15
_TIME_AIM = 1.1
_JOBS = 12  # at once
_FITTING = 4
_SIZE = _CAP * 24 // 100  # of each; make and the pool itself take some too
_ALL = 60
# Memory grows in steps, as a compiler's does, and is used to the end.
_EATER = """\
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int n, char **v) {
    long bytes = n > 1 ? atol(v[1]) : 0;
    for (int step = 0; step < 20; step++) {
        memset(malloc(bytes / 20), step + 1, bytes / 20);
        usleep(25000);
    }
    return 0;
}
"""


def measure(toolchain: Toolchain, work: Path) -> Iterator[Result]:
    """The same jobs with the best fixed -j, and with all of them below the cap."""
    folder = fresh(work / "capped")
    (folder / "eater.c").write_text(_EATER)
    subprocess.run([*toolchain.cc, "-O0", "eater.c", "-o", "eater"], cwd=folder, check=True)
    names = " ".join(f"job{number}" for number in range(_ALL))
    # Some that are small come first, as in any build.
    (folder / "Makefile").write_text(
        f"all: {names}\n{names}: small\n\t./eater {_SIZE}\n"
        "small:\n\t./eater 1000000\n.PHONY: all small\n")
    fixed, _ = _run(["make", "-s", f"-j{_FITTING}"], folder)
    capped, peak = _run([*LTOGEN, "jobserver", f"-j{_JOBS}", f"--max-memory={_CAP}", "--", "make",
                         "-s"], folder)
    yield Result("peak", f"{peak / _CAP:.2f}", peak <= _PEAK_AIM * _CAP,
                 f"of the cap, aim {_PEAK_AIM}")
    yield Result("time", f"{capped / fixed:.2f}", capped <= _TIME_AIM * fixed,
                 f"{capped:.1f} s against {fixed:.1f} s with the best fixed -j, aim {_TIME_AIM}")


def _run(command: list[str], folder: Path) -> tuple[float, int]:
    """Seconds, and the most memory of all processes together."""
    environment = {**os.environ, "MAKEFLAGS": "", "MARKER": str(folder)}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment)
    peak = 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.02):
            peak = max(peak, sum(map(processes.memory, marked(str(folder)))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = process.wait()
    seconds = time.perf_counter() - start
    ended.set()
    watcher.join()
    if status:
        raise OSError(status, f"{command[0]} failed")
    return seconds, peak
