"""A proxy before a real server of gRPC: it counts calls, breaks them and changes messages."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio

Messages = AsyncIterator[bytes]
Context = grpc.aio.ServicerContext[bytes, bytes]
_UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
              ("grpc.so_reuseport", 0))


@dataclass
class Fault:
    """What happens to the next `times` calls of a method.

    After that many messages from the client (`requests`) or the server (`answers`) the call ends
    with a status; for OK it just ends.
    """

    status: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE
    said: str = "broken by the test"
    requests: int | None = None
    answers: int | None = 0
    details: bytes = b""  # a google.rpc.Status
    times: int = 1


@dataclass
class Rules:
    """How the calls of one method are treated."""

    faults: list[Fault] = field(default_factory=list)
    requests: Callable[[Messages], Messages] | None = None
    answers: Callable[[Messages], Messages] | None = None
    instead: Callable[[Messages], Messages] | None = None  # the server is not asked
    check: Callable[[dict[str, Any]], grpc.StatusCode | None] | None = None  # of metadata
    wait: Callable[[], Awaitable[object]] | None = None


class Proxy:
    """Stands before `target`. Methods go by their last name, `Execute`.

    With a folder of certificates (server.pem, server.key, ca.pem) both sides must show theirs.
    """

    def __init__(self, target: str, certificates: Path | None = None) -> None:
        self.calls: Counter[str] = Counter()
        self.metadata: list[dict[str, Any]] = []
        self.sizes: list[tuple[str, int]] = []  # of messages from clients, in bytes
        self.rules: dict[str, Rules] = {}
        self.url = ""
        self._target, self._certificates = target, certificates

    def on(self, method: str) -> Rules:
        """The rules for a method, to be changed."""
        return self.rules.setdefault(method, Rules())

    async def __aenter__(self) -> Self:
        self._channel = grpc.aio.insecure_channel(self._target, _UNLIMITED)
        self._server = grpc.aio.server(options=_UNLIMITED)
        self._server.add_generic_rpc_handlers((_Handler(self._methods),))
        if self._certificates is None:
            port = self._server.add_insecure_port("127.0.0.1:0")
        else:
            port = self._server.add_secure_port("127.0.0.1:0", _credentials(self._certificates))
        self.url = f"grpc{'s' if self._certificates else ''}://127.0.0.1:{port}"
        await self._server.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self._server.stop(None)
        await self._channel.close()

    def _methods(self, path: str) -> Callable[[Messages, Context], Messages]:
        async def pass_on(requests: Messages, context: Context) -> Messages:
            name = path.rpartition("/")[2]
            self.calls[name] += 1
            rules = self.rules.get(name) or Rules()
            metadata = dict(context.invocation_metadata() or ())
            self.metadata.append(metadata)
            if rules.wait:
                await rules.wait()
            if rules.check and (refused := rules.check(metadata)):
                await context.abort(refused, "the test wants another token")
            requests = self._measured(name, requests)
            async for answer in (rules.instead(requests) if rules.instead else
                                 self._call(path, rules, requests, context)):
                yield answer
        return pass_on

    async def _measured(self, name: str, requests: Messages) -> Messages:
        async for request in requests:
            self.sizes.append((name, len(request)))
            yield request

    def sent(self, method: str = "") -> list[int]:
        """The sizes of messages from clients, of one method or all."""
        return [size for name, size in self.sizes if name == method or not method]

    async def _call(self, path: str, rules: Rules, requests: Messages,
                    context: Context) -> Messages:
        fault = _next(rules.faults)
        broken = asyncio.Event()
        if rules.requests:
            requests = rules.requests(requests)
        method: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = (
            self._channel.stream_stream(path))
        call = method(
            _cut(requests, fault.requests if fault else None, broken))
        answers: Messages = call.__aiter__()
        if rules.answers:
            answers = rules.answers(answers)
        number = 0
        try:
            if fault and fault.answers == 0 and fault.requests is None:
                await _break(fault, context)
                return
            if fault and fault.requests is not None:
                await broken.wait()
                await _break(fault, context)
                return
            async for answer in answers:
                yield answer
                number += 1
                if fault and number == fault.answers:
                    await _break(fault, context)
                    return
        except grpc.aio.AioRpcError as error:
            await context.abort(error.code(), error.details() or "",
                                tuple(error.trailing_metadata() or ()))
        finally:
            call.cancel()


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, methods: Callable[[str], Callable[[Messages, Context], Messages]]) -> None:
        self._methods = methods

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        """Every call is a stream of bytes both ways: on the wire there is no difference."""
        return grpc.stream_stream_rpc_method_handler(self._methods(details.method))


def _credentials(folder: Path) -> grpc.ServerCredentials:
    key, certificate, authority = ((folder / name).read_bytes()
                                   for name in ("server.key", "server.pem", "ca.pem"))
    return grpc.ssl_server_credentials([(key, certificate)], authority, True)


def _next(faults: list[Fault]) -> Fault | None:
    if not faults:
        return None
    fault = faults[0]
    fault.times -= 1
    if not fault.times:
        faults.pop(0)
    return fault


async def _cut(requests: Messages, after: int | None, broken: asyncio.Event) -> Messages:
    number = 0
    try:
        async for request in requests:
            if number == after:
                break
            yield request
            number += 1
        if after is not None:
            await asyncio.sleep(0.05)  # until the server has what it was sent
            broken.set()
            await asyncio.sleep(3600)
    finally:
        broken.set()


async def _break(fault: Fault, context: Context) -> None:
    if fault.status is not grpc.StatusCode.OK:
        more = (("grpc-status-details-bin", fault.details),) if fault.details else ()
        await context.abort(fault.status, fault.said, more)
