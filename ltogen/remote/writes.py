"""A large content goes to a server in pieces: ByteStream.Write."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import BinaryIO

import grpc.aio

from ltogen.remote import compression, resources
from ltogen.remote.access import Metadata
from ltogen.remote.api import bytestream_pb2 as stream
from ltogen.remote.batches import one_of_many
from ltogen.remote.digests import Blob, Digest, changed, is_changed
from ltogen.remote.errors import ChangedError, RefusedError
from ltogen.remote.finding import Finding
from ltogen.remote.retries import PASSING, Caller, CallError, Code
from ltogen.remote.services import Services
from ltogen.remote.status import Status

_WHAT = "Write"
_PIECE = 1 << 20  # bytes
# What gRPC says if a call ends while something is being written: how, it may not know.
_PASSING = PASSING | {Code.INTERNAL}


class Writes:
    """Sends contents one by one; each goes on where it was broken off."""

    def __init__(self, caller: Caller, services: Services, instance: str, finding: Finding, *,
                 compressed: bool) -> None:
        self._caller, self._services, self._instance = caller, services, instance
        self._finding, self._compressed = finding, compressed

    async def write(self, blob: Blob) -> None:
        """Return when the server has it. Raises RemoteError."""
        name = ""

        async def attempt(metadata: Metadata) -> None:
            nonlocal name
            offset = await self._committed(name, blob.digest, metadata) if name else 0
            if offset < blob.digest.size:
                if not offset:
                    name = resources.to_write(self._instance, blob.digest,
                                              compressed=self._compressed)
                await self._send(blob, name, offset, metadata)
        try:
            await self._caller.again(_WHAT, attempt, passing=_PASSING)
        except RefusedError:
            if is_changed(blob):
                raise changed(blob) from None
            raise

    async def _committed(self, name: str, digest: Digest, metadata: Metadata) -> int:
        """How much of a content the server has of an attempt that broke off, in bytes."""
        if not await one_of_many(self._finding.is_missing(digest)):
            return digest.size
        if self._compressed:
            return 0  # (its offsets are those of a stream that is gone)
        try:
            status = await self._services.query_write_status(
                stream.QueryWriteStatusRequest(resource_name=name),
                timeout=self._caller.time_for(0), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            if error.code() in PASSING:
                raise
            return 0
        if status is None:
            return 0
        if status.complete:
            return digest.size
        return status.committed_size if 0 <= status.committed_size < digest.size else 0

    async def _send(self, blob: Blob, name: str, offset: int, metadata: Metadata) -> None:
        call = self._services.write(
            timeout=self._caller.time_for(blob.digest.size - offset), metadata=metadata)
        try:
            try:
                for request in _requests(blob, name, offset, compressed=self._compressed):
                    await call.write(request)
                await call.done_writing()
            except (asyncio.InvalidStateError, grpc.aio.AioRpcError):
                pass  # the server has answered before the end; the call knows what
            answer = await call
        except grpc.aio.AioRpcError as error:
            if error.code() is Code.ALREADY_EXISTS:
                return
            raise
        finally:
            call.cancel()
        if answer is None:
            raise self._caller.garbled(_WHAT)
        if not self._compressed and answer.committed_size not in (blob.digest.size, -1):
            raise CallError(Status(Code.ABORTED, f"{answer.committed_size} of "
                                   f"{blob.digest.size} bytes were taken"))


def _requests(blob: Blob, name: str, offset: int, *,
              compressed: bool) -> Iterator[stream.WriteRequest]:
    for data, last in (_packed(blob) if compressed else _pieces(blob, offset)):
        yield stream.WriteRequest(resource_name=name, write_offset=offset, data=data,
                                  finish_write=last)
        offset += len(data)
        name = ""  # (only the first must have it)


def _pieces(blob: Blob, offset: int) -> Iterator[tuple[bytes, bool]]:
    """The content from `offset` on, and whether a piece is the last. Raises ChangedError."""
    with _opened(blob) as file:
        file.seek(offset)
        while offset < blob.digest.size:
            data = file.read(min(_PIECE, blob.digest.size - offset))
            if not data:
                raise changed(blob)
            offset += len(data)
            yield data, offset == blob.digest.size


def _packed(blob: Blob) -> Iterator[tuple[bytes, bool]]:
    packer = compression.compressor()
    for data, _ in _pieces(blob, 0):
        if packed := packer.compress(data):
            yield packed, False
    yield packer.flush(), True


def _opened(blob: Blob) -> BinaryIO:
    if isinstance(blob.content, bytes):
        return io.BytesIO(blob.content)
    try:
        return open(blob.content, "rb")
    except OSError as error:
        raise ChangedError(f"{blob.content}: {error.strerror}") from None
