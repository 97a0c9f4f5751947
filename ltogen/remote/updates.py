"""Small contents go to a server together: BatchUpdateBlobs."""

from __future__ import annotations

import asyncio
from functools import partial

from ltogen.remote import compression, messages
from ltogen.remote.access import Metadata
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.batches import Batches, Wish
from ltogen.remote.capabilities import Capabilities
from ltogen.remote.digests import Blob, changed, content, is_changed
from ltogen.remote.errors import RemoteError
from ltogen.remote.retries import PASSING, Caller, CallError, Code
from ltogen.remote.services import Services
from ltogen.remote.status import Status, of_message
from ltogen.remote.tasks import Tasks

_WHAT = "BatchUpdateBlobs"
_FRAME = 200  # bytes around one content
# What a server has no answer to yet, by hash: data, whether that is compressed, and who wants it.
_Left = dict[str, tuple[bytes, bool, Wish[Blob, None]]]


class Updates:
    """Sends contents that fit into a batch. Files are read when a batch is sent."""

    def __init__(self, caller: Caller, services: Services, instance: str,
                 capabilities: Capabilities, calls: int, tasks: Tasks) -> None:
        self._caller, self._services, self._instance = caller, services, instance
        self._limit, self._compressed = capabilities.batch, capabilities.compressed_batches
        self._batches: Batches[Blob, None] = Batches(self._send, self._limit, calls, tasks)

    def fits(self, blob: Blob) -> bool:
        """Whether a content is small enough."""
        return blob.digest.size + _FRAME <= self._limit

    def bring(self, blob: Blob) -> asyncio.Future[None]:
        """Done when the server has it. The future is shared."""
        return self._batches.add(blob.digest.hash, blob, blob.digest.size + _FRAME)

    async def _send(self, wishes: list[Wish[Blob, None]]) -> None:
        left: _Left = {}
        for blob, future in wishes:
            try:
                left[blob.digest.hash] = *self._packed(blob), (blob, future)
            except RemoteError as error:
                future.set_exception(error)
        if left:
            await self._caller.again(_WHAT, partial(self._attempt, left))

    def _packed(self, blob: Blob) -> tuple[bytes, bool]:
        data = content(blob)
        packed = compression.compress(data) if self._compressed else None
        return (data, False) if packed is None else (packed, True)

    def _request(self, left: _Left) -> api.BatchUpdateBlobsRequest:
        request = api.BatchUpdateBlobsRequest(
            instance_name=self._instance, digest_function=api.DigestFunction.SHA256)
        for data, compressed, (blob, _) in left.values():
            request.requests.add(
                digest=messages.of_digest(blob.digest), data=data,
                compressor=api.Compressor.ZSTD if compressed else api.Compressor.IDENTITY)
        return request

    async def _attempt(self, left: _Left, metadata: Metadata) -> None:
        """Send what is left, and leave what the server may take later."""
        request = self._request(left)
        answer = await self._services.batch_update_blobs(
            request, timeout=self._caller.time_for(request.ByteSize()), metadata=metadata)
        if answer is None:
            raise self._caller.garbled(_WHAT)
        later = Status(Code.ABORTED, "no word of some contents")
        for one in answer.responses:
            status = of_message(one.status)
            if status.code in PASSING:
                later = status
            elif one.digest.hash in left:
                self._settle(left.pop(one.digest.hash)[2], status)
        if left:
            raise CallError(later)

    def _settle(self, wish: Wish[Blob, None], status: Status) -> None:
        blob, future = wish
        if status.code in (Code.OK, Code.ALREADY_EXISTS):
            future.set_result(None)
        elif status.code is Code.INVALID_ARGUMENT and is_changed(blob):
            future.set_exception(changed(blob))
        else:
            future.set_exception(self._caller.error(_WHAT, status))
