"""What others use: a server that makes files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import grpc.aio

from ltogen import __version__
from ltogen.remote import capabilities as told
from ltogen.remote.access import Access
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.batches import one_of_many
from ltogen.remote.capabilities import Capabilities
from ltogen.remote.channel import open_channel
from ltogen.remote.endpoint import Endpoint
from ltogen.remote.errors import MissingError, RefusedError
from ltogen.remote.execution import Execution
from ltogen.remote.retries import Caller
from ltogen.remote.services import Services
from ltogen.remote.settings import Settings
from ltogen.remote.storage import Storage
from ltogen.remote.tasks import Tasks
from ltogen.remote.tree import describe
from ltogen.remote.work import Output, Result, Work

_FAREWELL = 2.0  # seconds for calls that nobody waits for


class _Server:
    """What can be done with a server once it has said what it can."""

    def __init__(self, capabilities: Capabilities, storage: Storage,
                 execution: Execution) -> None:
        self.capabilities, self.storage, self.execution = capabilities, storage, execution


class Client:
    """A connection to one server, from `async with` to its end.

    Everything that asks the server raises RemoteError if it cannot be had. The server is asked
    what it can at the first use. Calls may run at the same time; all must have ended, or been
    cancelled, before the client is closed.
    """

    def __init__(self, endpoint: Endpoint, settings: Settings | None = None) -> None:
        self._endpoint, self._settings = endpoint, settings or Settings()
        self._tasks, self._farewells = Tasks(), Tasks()
        self._access = Access(endpoint, __version__)
        self._caller = Caller(endpoint.address, self._access, self._settings)
        self._channel: grpc.aio.Channel | None = None
        self._opening: asyncio.Task[_Server] | None = None

    async def __aenter__(self) -> Self:
        """Raises UserError for certificates or a token that cannot be had."""
        await self._access.open()
        self._channel = open_channel(self._endpoint, __version__, self._settings.keepalive)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self._farewells.finish(_FAREWELL)
        await self._tasks.finish()
        if self._channel is not None:
            await self._channel.close()

    async def capabilities(self) -> Capabilities:
        """What the server can do."""
        return (await self._server()).capabilities

    async def run(self, work: Work, *, fresh: bool = False) -> Result:
        """What the command ends with, from the cache unless `fresh`.

        The outputs of a result from the cache are there when this returns.
        """
        described = describe(work, self._endpoint.platform)
        server = await self._server()
        result = await server.execution.run(described, fresh=fresh)
        if result.cached and await server.storage.missing(
                output.digest for output in result.outputs.values() if output.contents is None):
            result = await server.execution.run(described, fresh=True)
        return result

    async def make(self, work: Work, places: Mapping[str, str], *,
                   fresh: bool = False) -> Result:
        """Run a command, and write its outputs to `places` if it ends with 0.

        All of them appear, or none. This asks the server less than `run` and `save` do. Raises
        OSError if a file cannot be written.
        """
        described = describe(work, self._endpoint.platform)
        server = await self._server()
        result = await server.execution.run(described, fresh=fresh)
        try:
            await self._place(server.storage, result, places)
        except MissingError:
            result = await server.execution.run(described, fresh=True)
            await self._place(server.storage, result, places)
        return result

    async def read(self, output: Output) -> bytes:
        """The content of an output. Raises MissingError if the server has it no longer."""
        if output.contents is not None:
            return output.contents
        return await (await self._server()).storage.read(output.digest)

    async def save(self, output: Output, path: str) -> None:
        """Write an output to `path`, which changes at once or not at all.

        Raises MissingError if the server has it no longer, OSError if it cannot be written.
        """
        await (await self._server()).storage.save([(output, path)])

    async def _place(self, storage: Storage, result: Result, places: Mapping[str, str]) -> None:
        if not result.exit_code:
            await storage.save([(output, places[path])
                                for path, output in result.outputs.items() if path in places])

    async def _server(self) -> _Server:
        """The server, which is asked once what it can; again if it did not answer."""
        if self._opening is None or (self._opening.done() and (
                self._opening.cancelled() or self._opening.exception())):
            self._opening = self._tasks.start(self._open())
        return await one_of_many(self._opening)

    async def _open(self) -> _Server:
        assert self._channel is not None, "a client is used in `async with`"
        services, instance = Services(self._channel), self._endpoint.instance
        message = await self._caller.call(
            "GetCapabilities", services.get_capabilities,
            api.GetCapabilitiesRequest(instance_name=instance))
        if not told.speaks(message):
            raise RefusedError(self._caller.line(
                "speaks no version 2 of the API with SHA-256; another server is needed"))
        capabilities = told.of_message(message, compressed=self._settings.compressed)
        storage = Storage(self._caller, services, instance, capabilities, self._settings,
                          self._tasks)
        return _Server(capabilities, storage, Execution(
            self._caller, services, instance, capabilities, self._settings, storage,
            self._farewells))
