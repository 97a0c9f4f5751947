"""A large content comes from a server in pieces: ByteStream.Read."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import zstandard

from ltogen.remote import compression, resources
from ltogen.remote.access import Metadata
from ltogen.remote.api import bytestream_pb2 as stream
from ltogen.remote.digests import Digest
from ltogen.remote.errors import DamagedError
from ltogen.remote.retries import Caller, CallError, Code
from ltogen.remote.services import Services, answers
from ltogen.remote.status import Status

_WHAT = "Read"


class Reads:
    """Reads contents one by one; each goes on where it was broken off."""

    def __init__(self, caller: Caller, services: Services, instance: str, *,
                 compressed: bool) -> None:
        self._caller, self._services, self._instance = caller, services, instance
        self._compressed = compressed

    async def read(self, digest: Digest, take: Callable[[bytes], object]) -> None:
        """Give the pieces of a content to `take`; those of a wrong content, too.

        Raises RemoteError; MissingError if the server has it not, and DamagedError, at the end,
        if it was another.
        """
        name = resources.to_read(self._instance, digest, compressed=self._compressed)
        hashed, offset = hashlib.sha256(), 0

        async def attempt(metadata: Metadata) -> None:
            nonlocal offset
            request = stream.ReadRequest(resource_name=name, read_offset=offset)
            async with aclosing(self._pieces(request, digest.size - offset, metadata)) as pieces:
                async for data in pieces:
                    offset += len(data)
                    if offset > digest.size:
                        raise self._damaged(digest)
                    hashed.update(data)
                    take(data)
            if offset < digest.size:
                raise CallError(Status(Code.ABORTED, f"{offset} of {digest.size} bytes came"))
        await self._caller.again(_WHAT, attempt)
        if hashed.hexdigest() != digest.hash:
            raise self._damaged(digest)

    async def _pieces(self, request: stream.ReadRequest, size: int,
                      metadata: Metadata) -> AsyncGenerator[bytes, None]:
        call = self._services.read(request, timeout=self._caller.time_for(size),
                                   metadata=metadata)
        expander = compression.expander() if self._compressed else None
        try:
            async with aclosing(answers(call)) as pieces:
                async for piece in pieces:
                    if piece is None:
                        raise self._caller.garbled(_WHAT)
                    yield expander.decompress(piece.data) if expander else piece.data
        except zstandard.ZstdError:
            raise self._caller.garbled(_WHAT) from None

    def _damaged(self, digest: Digest) -> DamagedError:
        return damaged(self._caller, digest)


def damaged(caller: Caller, digest: Digest) -> DamagedError:
    """The error for a content that is another than was asked for."""
    return DamagedError(caller.line(f"what came for {digest} has another digest"))
