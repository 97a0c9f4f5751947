"""The contents that a server keeps by their digests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from ltogen.remote.aside import Aside
from ltogen.remote.batches import one_of_many
from ltogen.remote.capabilities import Capabilities
from ltogen.remote.digests import Digest
from ltogen.remote.downloads import Downloads
from ltogen.remote.finding import Finding
from ltogen.remote.retries import Caller
from ltogen.remote.services import Services
from ltogen.remote.settings import Settings
from ltogen.remote.tasks import Tasks
from ltogen.remote.uploads import Uploads
from ltogen.remote.work import Output


class Storage:
    """Brings contents to a server and back. All raise RemoteError."""

    def __init__(self, caller: Caller, services: Services, instance: str,
                 capabilities: Capabilities, settings: Settings, tasks: Tasks) -> None:
        self._finding = Finding(caller, services, instance, tasks)
        self._downloads = Downloads(caller, services, instance, capabilities,
                                    settings.transfers, tasks)
        uploads = Uploads(caller, services, instance, capabilities, settings, self._finding, tasks)
        self.ensure, self.forget = uploads.ensure, uploads.forget
        self.read = self._downloads.read

    async def missing(self, contents: Iterable[Digest]) -> frozenset[str]:
        """The hashes of those that the server has not."""
        asked = [(digest.hash, self._finding.is_missing(digest))
                 for digest in contents if digest.size]
        return frozenset([name for name, missing in asked if await one_of_many(missing)])

    async def save(self, outputs: Sequence[tuple[Output, str]]) -> None:
        """Write each output to its path: all of them, or none if one cannot be had.

        Raises OSError if a file cannot be written.
        """
        asides = [Aside(path, executable=output.executable) for output, path in outputs]
        try:
            fetched = await asyncio.gather(
                *(self._fetch(output, aside)
                  for (output, _), aside in zip(outputs, asides, strict=True)),
                return_exceptions=True)
            for error in fetched:
                if error is not None:
                    raise error
            for aside in asides:
                aside.keep()
        except BaseException:
            for aside in asides:
                aside.drop()
            raise

    async def _fetch(self, output: Output, aside: Aside) -> None:
        if output.contents is not None:
            aside.write(output.contents)
        else:
            await self._downloads.pass_on(output.digest, aside.write)
        aside.close()
