"""The client of remote execution, against buildbox-casd."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ltogen.remote.digests import Blob, blob_of_file, of_bytes
from ltogen.remote.errors import (
    ChangedError,
    MissingError,
    OverdueError,
    RefusedError,
    UnreachableError,
)
from ltogen.remote.settings import Settings
from ltogen.remote.work import Output
from tests.support.casd import Server, free_port
from tests.support.engines import needs_casd
from tests.support.grpc_proxy import Proxy
from tests.support.remote import HASTY, client_of, do, shell

pytestmark = needs_casd
COPY = shell("cat in/a in/b > out/c; chmod +x out/c; echo said; echo complained >&2",
             {"in/a": b"one ", "in/b": b"two"}, "out/c")
LARGE = b"0123456789abcdef" * (5 << 16)  # 5 MiB: more than a batch takes


@pytest.fixture
def casd(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "casd") as server:
        yield server


def test_an_execution_and_its_result_from_the_cache(casd: Server, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with client_of(casd.url) as client:
            first, second = await client.run(COPY), await client.run(COPY)
            third = await client.run(COPY, fresh=True)
            assert (first.exit_code, first.stdout, first.stderr) == (0, b"said\n", b"complained\n")
            assert [first.cached, second.cached, third.cached] == [False, True, False]
            assert first.seconds > 0
            output = second.outputs["out/c"]
            assert output.digest == of_bytes(b"one two")
            assert await client.read(output) == b"one two"
            await client.save(output, str(tmp_path / "c"))
    do(scenario())
    assert casd.executed == 2
    assert (tmp_path / "c").read_bytes() == b"one two"
    assert os.access(tmp_path / "c", os.X_OK)


def test_what_is_made_appears_at_once_or_not_at_all(casd: Server, tmp_path: Path) -> None:
    place = tmp_path / "c"
    place.write_bytes(b"before")
    failing = shell("echo half > out/c; exit 3", {}, "out/c")

    async def scenario() -> None:
        async with client_of(casd.url) as client:
            failed = await client.make(failing, {"out/c": str(place)})
            assert (failed.exit_code, failed.cached) == (3, False)
            assert place.read_bytes() == b"before"
            await client.make(COPY, {"out/c": str(place)})
            assert place.read_bytes() == b"one two"
            with pytest.raises(FileNotFoundError):
                await client.make(COPY, {"out/c": str(tmp_path / "none/c")})
            gone = Output("d", of_bytes(b"never there"))
            with pytest.raises(MissingError, match="not found"):
                await client.save(gone, str(tmp_path / "d"))
    do(scenario())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "casd"]


def test_a_failure_is_not_taken_from_the_cache(casd: Server) -> None:
    failing = shell("exit 3")

    async def scenario() -> None:
        async with client_of(casd.url) as client:
            assert [(await client.run(failing)).cached for _ in range(2)] == [False, False]
    do(scenario())
    assert casd.executed == 2


def test_large_contents_both_ways(casd: Server, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    large = blob_of_file(str(tmp_path / "large"))
    work = shell("tee out < in; head -c 3000000 in > in2; tr 0 x < in2; cat in >&2",
                 {"in": large}, "out", "empty")

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            result = await client.make(work, {"out": str(tmp_path / "made")})
            assert result.stdout.startswith(LARGE)
            assert result.stderr == LARGE
            assert await client.read(result.outputs["out"]) == LARGE
            assert proxy.calls["Write"] == 1
            assert max(proxy.sent()) < 1 << 21
    do(scenario())
    assert (tmp_path / "made").read_bytes() == LARGE


def test_a_content_is_asked_for_and_sent_once(casd: Server) -> None:
    shared = {"large": LARGE, **{f"in{number}": b"%d" % number for number in range(50)}}

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            works = [shell(f": {number}", shared) for number in range(8)]
            await asyncio.gather(*map(client.run, works))
            assert proxy.calls["Write"] == 1
            sent = sum(proxy.sent())
            assert sent < len(LARGE) + 60_000
            before = proxy.calls.copy()
            await client.run(shell(": more", shared))
            assert (proxy.calls - before).total() == 4  # lookup, find, update, execute
            assert sum(proxy.sent()) - sent < 2_000
            # A result that is known costs one call.
            before = proxy.calls.copy()
            await client.run(works[0])
            assert (proxy.calls - before).total() == 1
    do(scenario())


@pytest.mark.parametrize("size", [10, len(LARGE)])
def test_a_file_that_changed_is_named(casd: Server, tmp_path: Path, size: int) -> None:
    path = tmp_path / "in"
    path.write_bytes(LARGE[:size])
    blob = blob_of_file(str(path))

    async def scenario() -> None:
        async with client_of(casd.url) as client:
            for content in (b"x" * size, b"x" * (size - 1), b"x" * (size + 1), None):
                path.write_bytes(content) if content else path.unlink()
                with pytest.raises(ChangedError, match="/in: "):
                    await client.run(shell("cat in", {"in": blob}))
            path.write_bytes(LARGE[:size])
            assert (await client.run(shell("cat in", {"in": blob}))).stdout == LARGE[:size]
    do(scenario())


@pytest.mark.parametrize("how", ["run", "make"])
def test_outputs_that_are_gone_are_made_again(casd: Server, tmp_path: Path, how: str) -> None:
    async def scenario() -> None:
        async with client_of(casd.url) as client:
            first = await client.run(COPY)
            casd.lose(first.outputs["out/c"].digest.hash)
            again = await (client.run(COPY) if how == "run" else
                           client.make(COPY, {"out/c": str(tmp_path / "c")}))
            assert not again.cached
            assert await client.read(again.outputs["out/c"]) == b"one two"
    do(scenario())


def test_what_was_printed_and_is_gone_is_printed_again(casd: Server) -> None:
    work = shell("cat in", {"in": LARGE[:100_000]})

    async def scenario() -> None:
        async with client_of(casd.url) as client:
            await client.run(work)
            casd.lose(of_bytes(LARGE[:100_000]).hash)
            again = await client.run(work)
            assert again.stdout == LARGE[:100_000]
    do(scenario())


def test_inputs_that_the_server_lost_are_sent_again(casd: Server) -> None:
    inputs = {"kept": b"kept", "below/lost": b"lost"}

    async def scenario() -> None:
        async with client_of(casd.url) as client:
            await client.run(shell("cat kept", inputs))
            casd.lose(of_bytes(b"lost").hash)
            result = await client.run(shell("cat below/lost", inputs))
            assert (result.exit_code, result.stdout) == (0, b"lost")
    do(scenario())


def test_an_execution_that_nobody_waits_for_is_cancelled(casd: Server) -> None:
    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            running = asyncio.create_task(client.run(shell("sleep 30")))
            while not proxy.calls["Execute"]:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            while not proxy.calls["CancelOperation"]:
                await asyncio.sleep(0.02)
            # (The server has both of its places again.)
            await asyncio.gather(*(client.run(shell(f"echo {number}")) for number in range(3)))
    do(scenario())


def test_times_that_pass(casd: Server) -> None:
    async def scenario() -> None:
        async with client_of(casd.url, Settings(execution=0.5)) as client:
            with pytest.raises(OverdueError, match=r"longer than 0\.5 seconds"):
                await client.run(shell("sleep 30"))
        async with client_of(casd.url) as client:
            with pytest.raises(OverdueError, match="not in time"):
                await client.run(shell("sleep 30", timeout=1.0))
    do(scenario())


def test_a_socket_of_the_file_system(tmp_path: Path) -> None:
    socket = f"unix:{tmp_path / 'socket'}"
    with Server(tmp_path / "casd", f"--bind={socket}"):
        async def scenario() -> None:
            async with client_of(socket) as client:
                assert (await client.run(COPY)).exit_code == 0
        do(scenario())


def test_no_server(tmp_path: Path) -> None:
    async def scenario() -> None:
        url = f"grpc://127.0.0.1:{free_port()}"
        async with client_of(url, HASTY) as client:
            with pytest.raises(UnreachableError, match=f"{url}: GetCapabilities: unavailable"):
                await client.run(COPY)
            # Those that come after do not wait again.
            loop = asyncio.get_running_loop()
            began = loop.time()
            for _ in range(100):
                with pytest.raises(UnreachableError):
                    await client.run(COPY)
            assert loop.time() - began < 0.3
    do(scenario())


def test_a_server_that_ends_and_comes_again(casd: Server) -> None:
    async def scenario() -> None:
        async with client_of(casd.url) as client:
            await client.run(COPY)
            casd.kill()
            waiting = asyncio.create_task(client.run(COPY))
            await asyncio.sleep(0.5)
            casd.start()
            assert (await waiting).cached
        async with client_of(casd.url, HASTY) as client:
            await client.run(COPY)
            casd.kill()
            with pytest.raises(UnreachableError):
                await client.run(COPY)
            casd.start()
            await asyncio.sleep(0.6)
            assert (await client.run(COPY)).cached
    do(scenario())


def test_what_cannot_be_said_to_a_server(casd: Server) -> None:
    async def scenario() -> None:
        async with client_of(casd.url) as client:
            for work in (shell("true", {"../a": b""}), shell("true", {"/a": b""}),
                         shell("true", {"a": b"", "a/b": b""}),
                         shell("true", {"a/b": b"", "a": b""}),
                         shell("true", {"a\udcff": b""}), shell("true", {}, "a//b")):
                with pytest.raises(RefusedError) as error:
                    await client.run(work)
                assert "\n" not in str(error.value)
    do(scenario())


def test_a_content_that_is_in_memory_and_wrong(casd: Server) -> None:
    async def scenario() -> None:
        async with client_of(casd.url) as client:
            with pytest.raises(ChangedError):
                await client.run(shell("cat in", {"in": Blob(of_bytes(b"right"), b"wrong")}))
    do(scenario())


def test_actions_leave_nothing_behind(casd: Server, tmp_path: Path) -> None:
    works = [shell(f"echo {number} > out", {"in": b"%d" % number}, "out") for number in range(60)]

    async def scenario() -> None:
        async with client_of(casd.url, Settings(known=20)) as client:
            async def all_of(numbers: range) -> int:
                await asyncio.gather(*(
                    client.make(works[number], {"out": str(tmp_path / f"{number}")})
                    for number in numbers))
                await asyncio.sleep(0.1)
                gc.collect()
                return len(gc.get_objects())
            before = await all_of(range(20))
            # (asyncio keeps two objects for each of some timers that nobody needs any more.)
            assert await all_of(range(20, 60)) - before < 3 * 40
            assert await all_of(range(60)) - before < 3 * 40
    do(scenario())
    assert (tmp_path / "59").read_bytes() == b"59\n"
