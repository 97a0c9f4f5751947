"""The life of an operation on a server: begun, waited for, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import grpc.aio
from google.protobuf.message import DecodeError

from ltogen.remote.access import Metadata
from ltogen.remote.api import operations_pb2
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.errors import OverdueError
from ltogen.remote.retries import PASSING, Caller, Code, Trouble
from ltogen.remote.services import Services, answers
from ltogen.remote.status import Status, of_error, of_message
from ltogen.remote.tasks import Tasks

_WHAT = "Execute"
# How a stream may break off while the operation goes on.
_BROKEN = PASSING | {Code.INTERNAL, Code.UNKNOWN, Code.CANCELLED}
# How an execution may end that another one need not.
_AGAIN = frozenset({Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED})
_FAREWELL = 5.0  # seconds


class _Running:
    """An operation by its name, which is empty before the server has told it."""

    def __init__(self) -> None:
        self.name, self.trouble = "", Trouble()

    def goes_on(self, name: str) -> None:
        self.name = name or self.name
        self.trouble.over()


class Operations:
    """Runs actions, one operation each. `farewells` are calls that nobody waits for."""

    def __init__(self, caller: Caller, services: Services, farewells: Tasks) -> None:
        self._caller, self._services, self._farewells = caller, services, farewells

    async def run(self, request: api.ExecuteRequest) -> api.ExecuteResponse:
        """What the action ended with, whatever happens to connections meanwhile.

        Raises RemoteError; MissingError if the server wants contents first. The operation is
        cancelled if the caller is.
        """
        self._caller.check(_WHAT)
        rejections = Trouble(of_server=False)
        while True:
            operation, metadata = await self._finished(request)
            response, status = _outcome(operation)
            if response is not None and status.code is Code.OK:
                return response
            if status.code is Code.DEADLINE_EXCEEDED:
                raise OverdueError(self._caller.text(_WHAT, status))
            await self._caller.bear(_WHAT, status, rejections, metadata, _AGAIN)

    async def _finished(self, request: api.ExecuteRequest,
                        ) -> tuple[operations_pb2.Operation, Metadata]:
        """The operation at its end, and what went with the call that told of it."""
        running = _Running()
        try:
            while True:
                metadata = self._caller.metadata(request.action_digest.hash)
                ended = await self._listen(request, running, metadata)
                if not isinstance(ended, Status):
                    return ended, metadata
                passing = _BROKEN if running.name else PASSING
                if running.name and ended.code is Code.NOT_FOUND:
                    running.name, ended = "", Status(Code.ABORTED, "the operation is gone")
                await self._caller.bear(_WHAT, ended, running.trouble, metadata, passing)
        except asyncio.CancelledError:
            if running.name:
                self._farewells.start(self._cancel(running.name))
            raise

    async def _listen(self, request: api.ExecuteRequest, running: _Running,
                      metadata: Metadata) -> operations_pb2.Operation | Status:
        """The operation at its end, or how the stream ended before."""
        try:
            async with aclosing(self._messages(running.name, request, metadata)) as messages:
                async for operation in messages:
                    if operation is None:
                        raise self._caller.garbled(_WHAT)
                    self._caller.answered()
                    running.goes_on(operation.name)
                    if operation.done:
                        return operation
        except grpc.aio.AioRpcError as error:
            return of_error(error)
        return Status(Code.UNAVAILABLE, "the stream ended before the operation did")

    def _messages(self, name: str, request: api.ExecuteRequest, metadata: Metadata,
                  ) -> AsyncGenerator[operations_pb2.Operation | None, None]:
        """What is told of the operation `name`, or of a new one."""
        if name:
            return answers(self._services.wait_execution(api.WaitExecutionRequest(name=name),
                                                         metadata=metadata))
        return answers(self._services.execute(request, metadata=metadata))

    async def _cancel(self, name: str) -> None:
        try:
            await self._services.cancel_operation(
                operations_pb2.CancelOperationRequest(name=name), timeout=_FAREWELL,
                metadata=self._caller.metadata())
        except grpc.aio.AioRpcError:
            return  # (it runs to its end, and is in the cache then)


def _outcome(operation: operations_pb2.Operation) -> tuple[api.ExecuteResponse | None, Status]:
    """What an operation that is done says."""
    if operation.HasField("error"):
        return None, of_message(operation.error)
    packed = operation.response
    if packed.type_url.rpartition(".")[2] != "ExecuteResponse":
        return None, Status(Code.INTERNAL, f"an operation ended with {packed.type_url!r}")
    try:
        response = api.ExecuteResponse.FromString(packed.value)
    except DecodeError:
        return None, Status(Code.INTERNAL, "an operation ended with no message")
    return response, of_message(response.status)
