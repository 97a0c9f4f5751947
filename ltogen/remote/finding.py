"""Which contents a server has."""

from __future__ import annotations

import asyncio

from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.batches import Batches, Wish
from ltogen.remote.digests import Digest
from ltogen.remote.retries import Caller
from ltogen.remote.services import Services
from ltogen.remote.tasks import Tasks

_MOST = 10_000  # digests in one call: 0.8 MB
_CALLS = 2


class Finding:
    """Asks FindMissingBlobs, once for all who ask at the same time."""

    def __init__(self, caller: Caller, services: Services, instance: str, tasks: Tasks) -> None:
        self._caller, self._services, self._instance = caller, services, instance
        self._batches: Batches[Digest, bool] = Batches(self._ask, _MOST, _CALLS, tasks)

    def is_missing(self, digest: Digest) -> asyncio.Future[bool]:
        """Whether the server has it not. The future is shared."""
        return self._batches.add(digest.hash, digest, 1)

    async def _ask(self, wishes: list[Wish[Digest, bool]]) -> None:
        request = api.FindMissingBlobsRequest(
            instance_name=self._instance, digest_function=api.DigestFunction.SHA256)
        for digest, _ in wishes:
            request.blob_digests.add(hash=digest.hash, size_bytes=digest.size)
        answer = await self._caller.call(
            "FindMissingBlobs", self._services.find_missing_blobs, request)
        missing = {digest.hash for digest in answer.missing_blob_digests}
        for digest, future in wishes:
            future.set_result(digest.hash in missing)
