"""The remote execution engines on loopback, as a client sees them that is not ltogen's."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from campaigns.remote.engines.casd import Casd
from campaigns.remote.engines.interposer import Interposer
from campaigns.remote.engines.reference import Action, run, start
from tests.support.engines import TOOLS, needs_casd
from tests.support.system_toolchain import CC, needs_clang

COMPILE = Action([CC, "-c", "-Iinclude", "src/one.c", "-o", "one.o"],
                 {"src/one.c": '#include "one.h"\nint one(void) { return ONE; }\n',
                  "include/one.h": "#define ONE 1\n"}, ["one.o"])
_ENGINE = """
import sys, time
from pathlib import Path
from campaigns.remote.engines.casd import Casd
from campaigns.remote.engines.reference import Action, start
from campaigns.remote.engines.tools import find_tools

with Casd(find_tools(), Path(sys.argv[1])) as casd:
    start(find_tools(), casd.access, Action(["sleep", sys.argv[2]]))
    time.sleep(60)
"""


@pytest.fixture
def casd(tmp_path: Path) -> Iterator[Casd]:
    with Casd(TOOLS, tmp_path / "casd") as engine:
        yield engine


def _processes_with(word: str) -> list[str]:
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in lines if word in line]


def _wait_for(word: str, *, there: bool) -> None:
    until = time.monotonic() + 20
    while bool(_processes_with(word)) != there:
        assert time.monotonic() < until, _processes_with(word)
        time.sleep(0.02)


@needs_casd
@needs_clang
def test_a_compile_and_its_result_from_the_cache(casd: Casd) -> None:
    first, second = (run(TOOLS, casd.access, COMPILE) for _ in range(2))
    assert (first.error, first.status, first.stderr, first.cached) == ("", 0, "", False)
    assert list(first.outputs) == ["one.o"]
    assert second == replace(first, cached=True)
    assert casd.executed == 1


@needs_casd
def test_what_a_stop_keeps_and_an_empty_store_does_not(casd: Casd) -> None:
    say = Action(["echo", "hello"])
    assert run(TOOLS, casd.access, say).stdout == "hello\n"
    casd.stop()
    assert "UNAVAILABLE" in run(TOOLS, casd.access, say).error
    casd.start()
    assert run(TOOLS, casd.access, say).cached
    casd.kill()
    casd.forget()
    casd.start()
    assert not run(TOOLS, casd.access, say).cached
    assert casd.executed == 2


@needs_casd
def test_no_process_is_left_behind_by_a_kill(tmp_path: Path) -> None:
    seconds = f"60.{os.getpid()}"
    words = [sys.executable, "-c", _ENGINE, str(tmp_path / "casd"), seconds]
    with subprocess.Popen(words, start_new_session=True) as engine:
        _wait_for(f"sleep {seconds}", there=True)
        os.killpg(engine.pid, signal.SIGKILL)
    _wait_for(f"sleep {seconds}", there=False)
    _wait_for(str(tmp_path), there=False)


@needs_casd
def test_a_bad_network(casd: Casd) -> None:
    say = Action(["echo", "hello"])
    with Interposer(casd.port.number) as network:
        access = replace(casd.access, address=network.port.address)
        network.latency = 0.05
        began = time.monotonic()
        assert run(TOOLS, access, say).stdout == "hello\n"
        assert time.monotonic() - began > 4 * 2 * network.latency
        network.latency = 0
        network.cut_after(700)
        assert "UNAVAILABLE" in run(TOOLS, access, say).error
        network.refuse()
        assert "refused" in run(TOOLS, access, say).error
        network.accept()
        network.stall()
        waiting = start(TOOLS, access, say)
        time.sleep(0.5)
        assert waiting.process.poll() is None
        network.flow()
        assert waiting.answer().cached
