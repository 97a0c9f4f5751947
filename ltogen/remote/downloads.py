"""Contents come from a server, and are what was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from ltogen.remote import compression, digests, messages
from ltogen.remote.access import Metadata
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.batches import Batches, Wish, one_of_many
from ltogen.remote.capabilities import Capabilities
from ltogen.remote.digests import Digest
from ltogen.remote.reads import Reads, damaged
from ltogen.remote.retries import PASSING, Caller, CallError, Code
from ltogen.remote.services import Services
from ltogen.remote.status import Status, of_message
from ltogen.remote.tasks import Tasks

_WHAT = "BatchReadBlobs"
_FRAME = 200  # bytes around one content in a batch
_Left = dict[str, Wish[Digest, bytes]]


class Downloads:
    """Reads contents: small ones together, large ones in pieces."""

    def __init__(self, caller: Caller, services: Services, instance: str,
                 capabilities: Capabilities, calls: int, tasks: Tasks) -> None:
        self._caller, self._services, self._instance = caller, services, instance
        self._limit, self._compressed = capabilities.batch, capabilities.compressed_batches
        self._batches: Batches[Digest, bytes] = Batches(self._ask, self._limit, calls, tasks)
        self._reads = Reads(caller, services, instance,
                            compressed=capabilities.compressed_streams)
        self._reading = asyncio.Semaphore(calls)

    async def read(self, digest: Digest) -> bytes:
        """A content. Raises RemoteError; MissingError if the server has it not."""
        pieces: list[bytes] = []
        await self.pass_on(digest, pieces.append)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def pass_on(self, digest: Digest, take: Callable[[bytes], object]) -> None:
        """Give a content to `take`, in pieces if it is large.

        Raises RemoteError; MissingError if the server has it not.
        """
        if not digest.size:
            return
        size = digest.size + _FRAME
        if size <= self._limit:
            take(await one_of_many(self._batches.add(digest.hash, digest, size)))
            return
        async with self._reading:
            await self._reads.read(digest, take)

    async def _ask(self, wishes: list[Wish[Digest, bytes]]) -> None:
        left = {wish[0].hash: wish for wish in wishes}
        await self._caller.again(_WHAT, partial(self._attempt, left))

    async def _attempt(self, left: _Left, metadata: Metadata) -> None:
        """Ask for what is left, and leave what may be had later."""
        request = api.BatchReadBlobsRequest(
            instance_name=self._instance, digest_function=api.DigestFunction.SHA256,
            digests=[messages.of_digest(digest) for digest, _ in left.values()],
            acceptable_compressors=[api.Compressor.ZSTD] if self._compressed else [])
        size = sum(digest.size for digest, _ in left.values())
        answer = await self._services.batch_read_blobs(
            request, timeout=self._caller.time_for(size), metadata=metadata)
        if answer is None:
            raise self._caller.garbled(_WHAT)
        later = Status(Code.ABORTED, "no word of some contents")
        for one in answer.responses:
            status = of_message(one.status)
            if status.code in PASSING:
                later = status
            elif one.digest.hash in left:
                self._settle(left.pop(one.digest.hash), one, status)
        if left:
            raise CallError(later)

    def _settle(self, wish: Wish[Digest, bytes], answer: api.BatchReadBlobsResponse.Response,
                status: Status) -> None:
        digest, future = wish
        if status.code is not Code.OK:
            future.set_exception(self._caller.error(_WHAT, status))
            return
        data = answer.data
        if answer.compressor == api.Compressor.ZSTD:
            data = compression.expand(data, digest.size)
        if digests.of_bytes(data) == digest:
            future.set_result(data)
        else:
            future.set_exception(damaged(self._caller, digest))
