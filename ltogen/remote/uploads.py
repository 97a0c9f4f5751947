"""Contents go to a server once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial

from ltogen.remote.batches import all_of, chain
from ltogen.remote.capabilities import Capabilities
from ltogen.remote.digests import Blob
from ltogen.remote.errors import RefusedError
from ltogen.remote.finding import Finding
from ltogen.remote.retries import Caller
from ltogen.remote.services import Services
from ltogen.remote.settings import Settings
from ltogen.remote.tasks import Tasks
from ltogen.remote.updates import Updates
from ltogen.remote.writes import Writes


class Uploads:
    """Knows what the server has, and brings what it has not."""

    def __init__(self, caller: Caller, services: Services, instance: str,
                 capabilities: Capabilities, settings: Settings, finding: Finding,
                 tasks: Tasks) -> None:
        self._caller, self._finding, self._tasks = caller, finding, tasks
        self._largest, self._most_known = capabilities.largest, settings.known
        self._known: dict[str, None] = {}  # in order of time
        self._coming: dict[str, asyncio.Future[None]] = {}
        self._updates = Updates(caller, services, instance, capabilities,
                                settings.transfers, tasks)
        self._writes = Writes(caller, services, instance, finding,
                              compressed=capabilities.compressed_streams)
        self._writing = asyncio.Semaphore(settings.transfers)

    async def ensure(self, blobs: Iterable[Blob]) -> None:
        """Return when the server has them all. Raises RemoteError.

        What is on its way goes on if the caller is cancelled: others may wait for it.
        """
        await all_of([self._coming.get(blob.digest.hash) or self._start(blob)
                      for blob in blobs
                      if blob.digest.hash not in self._known and blob.digest.size])

    def forget(self, hashes: Iterable[str]) -> None:
        """The server has them no longer."""
        for name in hashes:
            self._known.pop(name, None)

    def _start(self, blob: Blob) -> asyncio.Future[None]:
        name = blob.digest.hash
        future = self._coming[name] = asyncio.get_running_loop().create_future()
        future.add_done_callback(partial(self._over, name))
        self._finding.is_missing(blob.digest).add_done_callback(
            partial(self._found, blob, future))
        return future

    def _over(self, name: str, future: asyncio.Future[None]) -> None:
        del self._coming[name]
        if future.cancelled() or future.exception():
            return
        self._known[name] = None
        if len(self._known) > self._most_known:
            del self._known[next(iter(self._known))]

    def _found(self, blob: Blob, future: asyncio.Future[None],
               missing: asyncio.Future[bool]) -> None:
        if missing.cancelled():
            future.cancel()
        elif error := missing.exception():
            future.set_exception(error)
        elif missing.result():
            chain(self._bring(blob), future)
        else:
            future.set_result(None)

    def _bring(self, blob: Blob) -> asyncio.Future[None]:
        if self._updates.fits(blob):
            return self._updates.bring(blob)
        return self._tasks.start(self._write(blob))

    async def _write(self, blob: Blob) -> None:
        if self._largest and blob.digest.size > self._largest:
            raise RefusedError(self._caller.line(
                f"a content has {blob.digest.size} bytes; it takes {self._largest} at most"))
        async with self._writing:
            await self._writes.write(blob)
