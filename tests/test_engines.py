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

from campaigns.remote.engines.access import Access
from campaigns.remote.engines.casd import Casd
from campaigns.remote.engines.certificates import Authority
from campaigns.remote.engines.farm import Farm
from campaigns.remote.engines.interposer import Interposer
from campaigns.remote.engines.reference import Action, run, start
from campaigns.remote.engines.security import Security, make_token
from campaigns.remote.engines.worker import Worker
from tests.support.engines import TOOLS, needs_casd, needs_farm
from tests.support.system_toolchain import CC, needs_clang

COMPILE = Action([CC, "-c", "-Iinclude", "src/one.c", "-o", "one.o"],
                 {"src/one.c": '#include "one.h"\nint one(void) { return ONE; }\n',
                  "include/one.h": "#define ONE 1\n"}, ["one.o"])
_SECRET = "a secret of a test, which is long enough"
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


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(TOOLS, tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Farm]:
    """A farm that demands everything that it can."""
    security = Security(authority.sign("server"), authority.certificate,
                        demands_certificates=True, secret=_SECRET)
    folder = tmp_path_factory.mktemp("guarded")
    with Farm(TOOLS, folder, workers=3, security=security) as farm:
        yield farm


@pytest.fixture(scope="module")
def access(guarded: Farm, authority: Authority) -> Access:
    """What a client needs to be let in."""
    client = authority.sign("client")
    return replace(guarded.access, certificate=client.certificate, key=client.key)


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


@needs_farm
@needs_clang
def test_a_farm_and_its_cache(guarded: Farm, access: Access) -> None:
    first, second = (run(TOOLS, access, COMPILE) for _ in range(2))
    assert (first.error, first.status, first.stderr, first.cached) == ("", 0, "", False)
    assert list(first.outputs) == ["one.o"]
    assert first.worker in {worker.name for worker in guarded.workers}
    assert second == replace(first, cached=True)


@needs_farm
def test_who_works_for_a_worker_that_is_lost(guarded: Farm, access: Access) -> None:
    running = start(TOOLS, access, Action(["sleep", "1.75"]))
    lost = _executes(guarded, "sleep 1.75")
    lost.kill()
    answer = running.answer()
    assert (answer.error, answer.status) == ("", 0)
    assert answer.worker != lost.name
    lost.start()
    lost.wait()


def _executes(farm: Farm, words: str) -> Worker:
    """The worker that executes a command."""
    _wait_for(words, there=True)
    commands = "".join(_processes_with(words))
    return next(worker for worker in farm.workers if f"{worker.folder}/store" in commands)


@needs_farm
def test_tls_takes_only_what_the_authority_signed(
        tmp_path: Path, authority: Authority, access: Access) -> None:
    other = Authority(TOOLS, tmp_path)
    stranger = other.sign("client")
    old = authority.sign("old", ends=-60)
    say = Action(["echo", "hello"])
    assert run(TOOLS, access, say).stdout == "hello\n"
    refused = [
        replace(access, authority=other.certificate),
        replace(access, authority=None),
        replace(access, certificate=None, key=None),
        replace(access, certificate=stranger.certificate, key=stranger.key),
        replace(access, certificate=old.certificate, key=old.key)]
    assert [run(TOOLS, one, say).error.partition(":")[0] for one in refused] == [
        "UNAVAILABLE"] * len(refused)


@needs_farm
def test_only_good_tokens_are_taken(access: Access) -> None:
    bad = ["", make_token("another secret, which is long enough, too"), make_token(_SECRET, -60)]
    for token in bad:
        answer = run(TOOLS, replace(access, token=token), Action(["echo", "hello"]))
        assert answer.error.startswith("UNAUTHENTICATED"), answer


@needs_farm
def test_a_server_that_is_lost_keeps_its_queue(tmp_path: Path) -> None:
    with Farm(TOOLS, tmp_path / "farm", workers=1) as farm:
        farm.workers[0].kill()
        lost = start(TOOLS, farm.access, Action(["echo", "hello"]))
        time.sleep(0.5)
        farm.kill_server()
        assert lost.answer().error.startswith("UNAVAILABLE")
        farm.start_server()
        farm.workers[0].start()
        assert run(TOOLS, farm.access, Action(["echo", "hello"])).stdout == "hello\n"
        assert farm.executed == 1
