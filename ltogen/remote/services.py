"""The calls of the services that a client uses, by their names on the wire."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TypeVar, cast

import grpc.aio
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError, Message

from ltogen.remote.api import bytestream_pb2 as stream
from ltogen.remote.api import operations_pb2 as operations
from ltogen.remote.api import remote_execution_pb2 as api

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)
# An answer is None if it was no message of the kind.
Unary = grpc.aio.UnaryUnaryMultiCallable
Download = grpc.aio.UnaryStreamMultiCallable
Upload = grpc.aio.StreamUnaryMultiCallable

_API = "/build.bazel.remote.execution.v2."
_STREAM = "/google.bytestream.ByteStream/"
_OPERATIONS = "/google.longrunning.Operations/"


class Services:
    """What can be called over one channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self.get_capabilities = self._unary(
            _API + "Capabilities/GetCapabilities",
            api.GetCapabilitiesRequest, api.ServerCapabilities)
        self.get_action_result = self._unary(
            _API + "ActionCache/GetActionResult", api.GetActionResultRequest, api.ActionResult)
        self.find_missing_blobs = self._unary(
            _API + "ContentAddressableStorage/FindMissingBlobs",
            api.FindMissingBlobsRequest, api.FindMissingBlobsResponse)
        self.batch_update_blobs = self._unary(
            _API + "ContentAddressableStorage/BatchUpdateBlobs",
            api.BatchUpdateBlobsRequest, api.BatchUpdateBlobsResponse)
        self.batch_read_blobs = self._unary(
            _API + "ContentAddressableStorage/BatchReadBlobs",
            api.BatchReadBlobsRequest, api.BatchReadBlobsResponse)
        self.query_write_status = self._unary(
            _STREAM + "QueryWriteStatus",
            stream.QueryWriteStatusRequest, stream.QueryWriteStatusResponse)
        self.cancel_operation = self._unary(
            _OPERATIONS + "CancelOperation", operations.CancelOperationRequest, Empty)
        self.read = self._download(_STREAM + "Read", stream.ReadRequest, stream.ReadResponse)
        self.execute = self._download(
            _API + "Execution/Execute", api.ExecuteRequest, operations.Operation)
        self.wait_execution = self._download(
            _API + "Execution/WaitExecution", api.WaitExecutionRequest, operations.Operation)
        self.write: Upload[stream.WriteRequest, stream.WriteResponse | None] = (
            channel.stream_unary(_STREAM + "Write", stream.WriteRequest.SerializeToString,
                                 _reader(stream.WriteResponse)))

    def _unary(self, path: str, request: type[Q], response: type[R]) -> Unary[Q, R | None]:
        return self._channel.unary_unary(path, request.SerializeToString, _reader(response))

    def _download(self, path: str, request: type[Q], response: type[R]) -> Download[Q, R | None]:
        return self._channel.unary_stream(path, request.SerializeToString, _reader(response))


def _reader(message: type[R]) -> Callable[[bytes], R | None]:
    parse = message.FromString

    def read(data: bytes) -> R | None:
        try:
            return parse(data)
        except DecodeError:
            return None
    return read


async def answers(call: grpc.aio.UnaryStreamCall[Q, R | None]) -> AsyncGenerator[R | None, None]:
    """What a server sends, to the end of the call or of whoever listens.

    (A call's own iterator is garbage in a circle if it is not read to the end.)
    """
    try:
        while (answer := await call.read()) is not grpc.aio.EOF:
            yield cast("R | None", answer)
    finally:
        call.cancel()
