"""The client of remote execution, where a server or the way to it fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from ltogen.remote.api import bytestream_pb2 as stream
from ltogen.remote.api import error_details_pb2, operations_pb2, status_pb2
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.digests import of_bytes
from ltogen.remote.errors import (
    DamagedError,
    DeniedError,
    MissingError,
    OverdueError,
    RefusedError,
    RemoteError,
    UnreachableError,
)
from tests.support.api_changes import capable, changed, compressing, resumable
from tests.support.casd import Server
from tests.support.engines import needs_casd
from tests.support.grpc_proxy import Fault, Messages, Proxy
from tests.support.remote import HASTY, client_of, do, shell

pytestmark = needs_casd
Code = grpc.StatusCode
LARGE = b"0123456789abcdef" * (5 << 16)  # 5 MiB: more than a batch takes
# Every call that there is.
WORK = shell("cat large in > out; echo small > small; echo said",
             {"large": LARGE, "in": b"!"}, "out", "small")
CALLS = ("GetCapabilities", "GetActionResult", "FindMissingBlobs", "BatchUpdateBlobs", "Write",
         "Execute", "BatchReadBlobs", "Read")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("casd")) as server:
        yield server


@pytest.fixture
def casd(server: Server) -> Server:
    """One that knows nothing."""
    server.kill()
    server.forget()
    server.start()
    return server


@pytest.mark.parametrize("status", [Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED,
                                    Code.DEADLINE_EXCEEDED])
def test_every_call_is_made_again(casd: Server, tmp_path: Path, status: grpc.StatusCode) -> None:
    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            for method in CALLS:
                proxy.on(method).faults.append(Fault(status))
            result = await client.make(WORK, {path: str(tmp_path / path) for path in WORK.outputs})
            assert (result.exit_code, result.stdout) == (0, b"said\n")
            assert not any(proxy.on(method).faults for method in CALLS)
    do(scenario())
    assert (tmp_path / "out").read_bytes() == LARGE + b"!"
    assert (tmp_path / "small").read_bytes() == b"small\n"


@pytest.mark.parametrize(("status", "kind", "words"), [
    (Code.RESOURCE_EXHAUSTED, UnreachableError, "out of resources"),
    (Code.PERMISSION_DENIED, DeniedError, "permission denied"),
    (Code.UNAUTHENTICATED, DeniedError, "not authenticated"),
    (Code.UNIMPLEMENTED, RefusedError, "not implemented"),
    (Code.INTERNAL, RefusedError, "internal error"),
])
def test_what_does_not_pass_is_said_in_one_line(
        casd: Server, status: grpc.StatusCode, kind: type[RemoteError], words: str) -> None:
    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url, HASTY) as client:
            proxy.on("FindMissingBlobs").faults.append(Fault(status, "so\nit is", times=100))
            began = time.monotonic()
            with pytest.raises(kind) as error:
                await client.run(WORK)
            assert str(error.value) == f"{proxy.url}: FindMissingBlobs: {words}: so it is"
            assert time.monotonic() - began < 3
            # It is not the server that is gone.
            proxy.on("FindMissingBlobs").faults.clear()
            assert (await client.run(WORK)).exit_code == 0
    do(scenario())


@pytest.mark.parametrize("status", [Code.UNAVAILABLE, Code.INTERNAL, Code.CANCELLED,
                                    Code.UNKNOWN, Code.DEADLINE_EXCEEDED, Code.OK])
def test_a_stream_that_breaks_is_taken_up_again(casd: Server, status: grpc.StatusCode) -> None:
    before = casd.executed

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            proxy.on("Execute").faults.append(Fault(status, answers=1))
            proxy.on("WaitExecution").faults.append(Fault(status))
            result = await client.run(shell("sleep 0.5; echo said"))
            assert result.stdout == b"said\n"
            assert (proxy.calls["Execute"], proxy.calls["WaitExecution"]) == (1, 2)
    do(scenario())
    assert casd.executed - before == 1


def test_an_operation_that_is_gone_is_begun_again(casd: Server) -> None:
    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            proxy.on("Execute").faults.append(Fault(answers=1))
            proxy.on("WaitExecution").faults.append(Fault(Code.NOT_FOUND))
            assert (await client.run(shell("echo said"))).stdout == b"said\n"
            assert (proxy.calls["Execute"], proxy.calls["WaitExecution"]) == (2, 1)
    do(scenario())


def _missing(*contents: bytes) -> status_pb2.Status:
    """As a server says that it wants contents before it can execute."""
    failure = error_details_pb2.PreconditionFailure()
    for content in contents:
        failure.violations.add(type="MISSING", subject=f"blobs/{of_bytes(content)}")
    status = status_pb2.Status(code=Code.FAILED_PRECONDITION.value[0], message="send them")
    status.details.add(type_url="type.googleapis.com/google.rpc.PreconditionFailure",
                       value=failure.SerializeToString())
    return status


def _ends_with(proxy: Proxy, status: status_pb2.Status, times: int = 1) -> None:
    """Let so many operations end with a status instead of what they end with."""
    left = times

    def change(operation: operations_pb2.Operation) -> None:
        nonlocal left
        if operation.done and left:
            left -= 1
            response = api.ExecuteResponse(status=status)
            operation.response.value = response.SerializeToString()
    proxy.on("Execute").answers = changed(operations_pb2.Operation, change)


@pytest.mark.parametrize("inside", [False, True])
def test_contents_that_a_server_misses_are_sent_again(casd: Server, inside: bool) -> None:
    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            inputs = {"a": b"kept", "b": b"lost"}
            await client.run(shell("cat a", inputs))
            if inside:
                _ends_with(proxy, _missing(b"lost"))
            else:
                proxy.on("Execute").faults.append(Fault(
                    Code.FAILED_PRECONDITION, details=_missing(b"lost").SerializeToString()))
            casd.lose(of_bytes(b"lost").hash)
            sent = sum(proxy.sent("FindMissingBlobs"))
            assert (await client.run(shell("cat b", inputs))).stdout == b"lost"
            # Command, action, and then the one that was lost.
            assert sum(proxy.sent("FindMissingBlobs")) - sent < 3 * 90
            assert proxy.calls["Execute"] == 3
    do(scenario())


def test_a_server_that_misses_contents_for_ever(casd: Server) -> None:
    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            _ends_with(proxy, _missing(b"!"), 100)
            with pytest.raises(MissingError, match="a precondition is not met: send them"):
                await client.run(WORK)
            assert proxy.calls["Execute"] == 3
    do(scenario())


def test_what_an_execution_ends_with(casd: Server) -> None:
    def status(code: grpc.StatusCode) -> status_pb2.Status:
        return status_pb2.Status(code=code.value[0], message="so it is")

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url, HASTY) as client:
            for code in (Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED):
                _ends_with(proxy, status(code))
                assert (await client.run(shell("echo said"), fresh=True)).exit_code == 0
                _ends_with(proxy, status(code), 100)
                with pytest.raises(UnreachableError, match=": so it is"):
                    await client.run(shell("echo said"), fresh=True)
            _ends_with(proxy, status(Code.DEADLINE_EXCEEDED))
            with pytest.raises(OverdueError):
                await client.run(shell("echo said"), fresh=True)
            for code, words in ((Code.INTERNAL, "internal error"),
                                (Code.FAILED_PRECONDITION, "a precondition is not met")):
                _ends_with(proxy, status(code))
                with pytest.raises(RefusedError, match=f"{words}: so it is"):
                    await client.run(shell("echo said"), fresh=True)
    do(scenario())


def _spoil(data: bytes) -> bytes:
    return data[:-1] + b"#"


def test_contents_that_are_damaged(casd: Server, tmp_path: Path) -> None:
    def batch(message: api.BatchReadBlobsResponse) -> None:
        for response in message.responses:
            response.data = _spoil(response.data)

    def piece(message: stream.ReadResponse) -> None:
        message.data = _spoil(message.data)

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            result = await client.run(WORK)
            proxy.on("BatchReadBlobs").answers = changed(api.BatchReadBlobsResponse, batch)
            proxy.on("Read").answers = changed(stream.ReadResponse, piece)
            for output in result.outputs.values():
                with pytest.raises(DamagedError, match="has another digest"):
                    await client.read(output)
            proxy.on("BatchReadBlobs").answers = None
            with pytest.raises(DamagedError):
                await client.make(WORK, {path: str(tmp_path / path) for path in WORK.outputs})
    do(scenario())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("field", ["stdout_raw", "contents"])
def test_contents_within_an_answer(casd: Server, field: str) -> None:
    wrong = False

    def put(message: api.ActionResult) -> None:
        digest, data = of_bytes(b"right"), b"wrong" if wrong else b"right"
        if field == "contents":
            file = message.output_files[0]
            file.contents, file.digest.hash, file.digest.size_bytes = data, digest.hash, 5
        else:
            message.stdout_raw = data
            message.stdout_digest.hash, message.stdout_digest.size_bytes = digest.hash, 5

    async def scenario() -> None:
        nonlocal wrong
        work = shell("echo a > out", {}, "out")
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            await client.run(work)
            proxy.on("GetActionResult").answers = changed(api.ActionResult, put)
            before = proxy.calls["BatchReadBlobs"]
            result = await client.run(work)
            if field == "contents":
                assert await client.read(result.outputs["out"]) == b"right"
            else:
                assert result.stdout == b"right"
            assert proxy.calls["BatchReadBlobs"] == before
            wrong = True
            with pytest.raises(DamagedError):
                await client.run(work)
    do(scenario())


@pytest.mark.parametrize("method", CALLS)
def test_answers_that_are_no_messages(casd: Server, tmp_path: Path, method: str) -> None:
    async def garble(answers: Messages) -> Messages:
        async for _ in answers:
            yield b"\xff\xff\xff"

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            if method == "GetActionResult":
                await client.run(WORK)
            proxy.on(method).answers = garble
            with pytest.raises(DamagedError, match=r": the answer is no message of the API"):
                await client.make(WORK, {path: str(tmp_path / path) for path in WORK.outputs})
    do(scenario())


def test_a_write_goes_on_where_it_broke_off(casd: Server) -> None:
    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            resumable(proxy)
            proxy.on("Write").faults += [Fault(requests=2), Fault(Code.ABORTED, requests=1)]
            await client.run(shell("cmp large large", {"large": LARGE}))
            assert (proxy.calls["Write"], proxy.calls["QueryWriteStatus"]) == (3, 2)
            assert sum(proxy.sent("Write")) < len(LARGE) + (2 << 20)
    do(scenario())


def test_a_write_that_cannot_go_on_begins_anew(casd: Server) -> None:
    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            proxy.on("QueryWriteStatus").faults.append(Fault(Code.UNIMPLEMENTED))
            proxy.on("Write").faults.append(Fault(requests=3))
            await client.run(shell("cmp large large", {"large": LARGE}))
            assert proxy.calls["Write"] == 2
    do(scenario())


@pytest.mark.parametrize("after", [1, 3])
def test_a_write_of_what_is_there_ends_early(casd: Server, after: int) -> None:
    work = shell("cmp large large", {"large": LARGE})

    async def answer(requests: Messages) -> Messages:
        left = after
        async for _ in requests:
            left -= 1
            if not left:
                break
        async with client_of(casd.url) as other:
            await other.run(work)
        yield stream.WriteResponse(committed_size=len(LARGE)).SerializeToString()

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            proxy.on("Write").instead = answer
            assert (await client.run(work)).exit_code == 0
            assert proxy.calls["Write"] == 1
    do(scenario())


def test_a_content_that_another_one_has_sent_meanwhile(casd: Server) -> None:
    def there(message: api.BatchUpdateBlobsResponse) -> None:
        for response in message.responses:
            response.status.code = Code.ALREADY_EXISTS.value[0]

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            proxy.on("BatchUpdateBlobs").answers = changed(api.BatchUpdateBlobsResponse, there)
            # (A last word like this comes when all has been taken.)
            proxy.on("Write").faults.append(Fault(Code.ALREADY_EXISTS, answers=1))
            assert (await client.run(WORK)).exit_code == 0
            assert proxy.calls["Write"] == 1
    do(scenario())


def test_a_write_that_is_not_taken_whole(casd: Server) -> None:
    async def half(requests: Messages) -> Messages:
        async for _ in requests:
            pass
        yield stream.WriteResponse(committed_size=len(LARGE) // 2).SerializeToString()

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url, HASTY) as client:
            proxy.on("Write").instead = half
            with pytest.raises(UnreachableError, match="2621440 of 5242880 bytes were taken"):
                await client.run(shell("cmp large large", {"large": LARGE}))
            assert proxy.calls["Write"] > 1
    do(scenario())


def test_a_read_goes_on_where_it_broke_off(casd: Server) -> None:
    offsets = []

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            result = await client.run(WORK)
            proxy.on("Read").requests = changed(
                stream.ReadRequest, lambda message: offsets.append(message.read_offset))
            proxy.on("Read").faults += [Fault(answers=1), Fault(Code.OK, answers=1)]
            assert await client.read(result.outputs["out"]) == LARGE + b"!"
            assert len(offsets) == 3
            assert offsets[0] == 0 < offsets[1] < offsets[2]
    do(scenario())


def test_one_content_of_a_batch_is_refused_for_now(casd: Server) -> None:
    refused = 0

    def refuse(message: Any) -> None:
        nonlocal refused
        if not refused and len(message.responses) > 1:
            refused += 1
            message.responses[0].status.code = Code.RESOURCE_EXHAUSTED.value[0]

    async def scenario() -> None:
        nonlocal refused
        work = shell("echo 1 > a; echo 2 > b", {"in": b"in", "in2": b"in2"}, "a", "b")
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            proxy.on("BatchUpdateBlobs").answers = changed(api.BatchUpdateBlobsResponse, refuse)
            proxy.on("BatchReadBlobs").answers = changed(api.BatchReadBlobsResponse, refuse)
            result = await client.run(work)
            assert (refused, proxy.calls["BatchUpdateBlobs"]) == (1, 2)
            sizes = proxy.sent("BatchUpdateBlobs")
            assert sizes[1] < sizes[0]
            refused = 0
            assert await asyncio.gather(*map(client.read, result.outputs.values())) == [
                b"1\n", b"2\n"]
            assert (refused, proxy.calls["BatchReadBlobs"]) == (1, 2)
    do(scenario())


def test_a_limit_of_batches(casd: Server, tmp_path: Path) -> None:
    def limit(cache: api.CacheCapabilities) -> None:
        cache.max_batch_total_size_bytes = 20_000

    inputs = {f"in/{number}": b"%d" % number * 500 for number in range(100)}
    work = shell("cp in/* out", inputs, *(f"out/{number}" for number in range(100)))

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            capable(proxy, limit)
            (tmp_path / "out").mkdir()
            await client.make(work, {path: str(tmp_path / path) for path in work.outputs})
            assert max(proxy.sent("BatchUpdateBlobs")) <= 20_000
            assert proxy.calls["BatchUpdateBlobs"] >= 7
            assert proxy.calls["BatchReadBlobs"] >= 7
            assert proxy.calls["Write"] == proxy.calls["Read"] == 0
            # (The larger ones go in pieces.)
            await client.run(shell("true", {"in": b"!" * 30_000}))
            assert proxy.calls["Write"] == 1
    do(scenario())
    assert (tmp_path / "out/99").read_bytes() == inputs["in/99"]


def test_a_limit_of_contents(casd: Server) -> None:
    def limit(cache: api.CacheCapabilities) -> None:
        cache.max_cas_blob_size_bytes = 5_000_000

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            capable(proxy, limit)
            with pytest.raises(RefusedError, match="5242880 bytes; it takes 5000000 at most"):
                await client.run(WORK)
    do(scenario())


def test_compression(casd: Server, tmp_path: Path) -> None:
    work = shell("cat large > out; cat small > small2; cat small", {
        "large": LARGE, "small": LARGE[:50_000]}, "out", "small2")

    async def scenario() -> None:
        async with Proxy(casd.address) as proxy, client_of(proxy.url) as client:
            compressing(proxy)
            proxy.on("Write").faults.append(Fault(requests=1))
            result = await client.make(work, {path: str(tmp_path / path) for path in work.outputs})
            assert result.stdout == LARGE[:50_000]
            assert sum(proxy.sent()) < 20_000
            assert proxy.calls["Write"] == 2
            # What is no zstd, or more than was asked for, is found out.
            small, large = result.outputs["small2"], result.outputs["out"]
            proxy.on("BatchReadBlobs").answers = changed(api.BatchReadBlobsResponse, _bomb)
            with pytest.raises(DamagedError):
                await client.read(small)
            proxy.on("Read").answers = None
            with pytest.raises(DamagedError):
                await client.read(large)
    do(scenario())
    assert (tmp_path / "out").read_bytes() == LARGE
    assert (tmp_path / "small2").read_bytes() == LARGE[:50_000]


def _bomb(message: api.BatchReadBlobsResponse) -> None:
    import zstandard

    for response in message.responses:
        response.data = zstandard.compress(bytes(1 << 26))
        response.compressor = api.Compressor.ZSTD


@pytest.mark.parametrize("how", ["file", "command"])
def test_a_token_that_is_refused_is_had_anew(casd: Server, tmp_path: Path, how: str) -> None:
    token = tmp_path / "token"
    token.write_text("first-token\n")
    source: dict[str, Any] = ({"token_file": str(token)} if how == "file" else
                              {"token_command": ("cat", str(token))})
    wanted = "first-token"

    def check(metadata: dict[str, Any]) -> grpc.StatusCode | None:
        return None if metadata.get("authorization") == f"Bearer {wanted}" else (
            Code.UNAUTHENTICATED)

    async def scenario() -> None:
        nonlocal wanted
        async with (Proxy(casd.address) as proxy,
                    client_of(proxy.url, headers=(("x-key", "key-of-mine"),), **source) as client):
            for method in (*CALLS, "WaitExecution"):
                proxy.on(method).check = check
            await client.run(WORK)
            wanted = "second-token"
            token.write_text("second-token\n")
            assert (await client.run(WORK)).cached
            assert all(one["x-key"] == "key-of-mine" for one in proxy.metadata)
            wanted = "third-token"
            with pytest.raises(DeniedError, match="not authenticated"):
                await client.run(WORK)
            token.unlink()
            with pytest.raises(DeniedError, match=f"{proxy.url}: .*token|cat: ended with 1"):
                await client.run(WORK)
    do(scenario())


def test_a_server_that_says_what_it_was_shown(casd: Server, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret-token")

    async def scenario() -> None:
        async with (Proxy(casd.address) as proxy,
                    client_of(proxy.url, headers=(("x-key", "key-of-mine"),),
                              token_file=str(tmp_path / "token")) as client):
            proxy.on("GetCapabilities").faults.append(Fault(
                Code.PERMISSION_DENIED, "not for Bearer secret-token, nor key-of-mine"))
            with pytest.raises(DeniedError, match=r"not for Bearer \*\*\*, nor \*\*\*$"):
                await client.run(WORK)
    do(scenario())
