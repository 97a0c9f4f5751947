"""Actions that a server runs, or has run before."""

from __future__ import annotations

import asyncio

from ltogen.remote import messages
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.capabilities import Capabilities
from ltogen.remote.errors import MissingError, OverdueError, RefusedError, RemoteError
from ltogen.remote.operations import Operations
from ltogen.remote.results import result_of
from ltogen.remote.retries import Caller
from ltogen.remote.services import Services
from ltogen.remote.settings import Settings
from ltogen.remote.storage import Storage
from ltogen.remote.tasks import Tasks
from ltogen.remote.tree import Described
from ltogen.remote.work import Result

_UPLOADS = 3  # times that a server may want contents again


class Execution:
    """Has results of actions. All raise RemoteError."""

    def __init__(self, caller: Caller, services: Services, instance: str,
                 capabilities: Capabilities, settings: Settings, storage: Storage,
                 farewells: Tasks) -> None:
        self._caller, self._services, self._instance = caller, services, instance
        self._executes, self._settings, self._storage = capabilities.executes, settings, storage
        self._operations = Operations(caller, services, farewells)
        self._running = asyncio.Semaphore(settings.executions)

    async def run(self, action: Described, *, fresh: bool) -> Result:
        """The result from the cache, but not if `fresh`, or of an execution."""
        known = None if fresh else await self._known(action)
        if known is not None:
            # What failed may have done so by chance; and what was printed may be gone.
            try:
                if not known.exit_code:
                    return await self._result(action, known, cached=True)
            except MissingError:
                pass
            fresh = True
        response = await self._execute(action, fresh=fresh)
        return await self._result(action, response.result, cached=response.cached_result)

    async def _known(self, action: Described) -> api.ActionResult | None:
        request = api.GetActionResultRequest(
            instance_name=self._instance, action_digest=messages.of_digest(action.action.digest),
            inline_stdout=True, inline_stderr=True, inline_output_files=action.outputs,
            digest_function=api.DigestFunction.SHA256)
        try:
            return await self._caller.call(
                "GetActionResult", self._services.get_action_result, request,
                action=action.action.digest.hash)
        except MissingError:
            return None

    async def _execute(self, action: Described, *, fresh: bool) -> api.ExecuteResponse:
        if not self._executes:
            raise RefusedError(self._caller.line("a cache, which executes nothing"))
        request = api.ExecuteRequest(
            instance_name=self._instance, skip_cache_lookup=fresh,
            action_digest=messages.of_digest(action.action.digest),
            inline_stdout=True, inline_stderr=True, inline_output_files=action.outputs,
            digest_function=api.DigestFunction.SHA256)
        async with self._running:
            try:
                async with asyncio.timeout(self._settings.execution):
                    return await self._with_contents(action, request)
            except TimeoutError:
                raise OverdueError(self._caller.line(
                    f"an execution took longer than {self._settings.execution:g} seconds",
                    )) from None

    async def _with_contents(self, action: Described,
                             request: api.ExecuteRequest) -> api.ExecuteResponse:
        """Execute with all that the server needs; what it has lost is brought again."""
        left = _UPLOADS
        while True:
            await self._storage.ensure(action.blobs)
            try:
                return await self._operations.run(request)
            except (MissingError, RefusedError) as error:
                left -= 1
                lost = await self._lost(action, error)
                if not left or not lost:
                    raise
                self._storage.forget(lost)

    async def _lost(self, action: Described, error: RemoteError) -> frozenset[str]:
        """Which contents the server lost, by an error or, if that does not say, by asking."""
        if isinstance(error, MissingError) and error.hashes:
            return error.hashes
        # (buildbox-casd calls it an internal error.)
        return await self._storage.missing(blob.digest for blob in action.blobs)

    async def _result(self, action: Described, message: api.ActionResult, *,
                      cached: bool) -> Result:
        return await result_of(message, action.outputs, self._storage, self._caller,
                               cached=cached)
