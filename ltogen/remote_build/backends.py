"""Builds what edges ask for: out of the store, by the server, or here, whatever is first."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from msgspec import Struct
from msgspec.structs import replace

from ltogen.remote.client import Client
from ltogen.remote.errors import RemoteError
from ltogen.remote.work import Result, Work
from ltogen.remote_build import results, turns
from ltogen.remote_build.asked import Asked
from ltogen.remote_build.settings import Settings
from ltogen.remote_build.turns import Turns
from ltogen.remote_build.work import OUTPUT, Blobs, work
from ltogen.steps import start
from ltogen.steps.keys import Key

_GREETING = 5.0  # seconds for the first answer of a server
_REST = 30.0  # seconds for which a server is left alone that did not answer
_LOOK = 0.25  # seconds between two looks for a processor that is idle
_PATIENCE = 1.0  # seconds after which such a processor takes what waits for the server
# Where objects came from.
EXECUTED, CACHED, STORED, HERE = COUNTED = ("executed there", "from its cache", "from the store",
                                            "made here")


class Answer(Struct, frozen=True):
    """What an edge is told: the status of the command, or that it has to run it; and a text."""

    status: int
    text: bytes = b""
    here: bool = False


class Backends:
    """All backends of one build."""

    def __init__(self, client: Client, settings: Settings, processors: int) -> None:
        self._client, self._settings = client, settings
        self._address = settings.endpoint.address
        self.turns = Turns(processors)
        self._remote = asyncio.Semaphore(settings.jobs)
        self._blobs = Blobs()
        self._making: dict[str, asyncio.Event] = {}
        self._off_until = 0.0
        self._untold = b""  # the next edge says it
        self._has_failed = False
        self._greeting: asyncio.Task[Answer | None] | None = None
        self.counted = Counter(dict.fromkeys(COUNTED, 0))

    async def make(self, asked: Asked) -> Answer:
        """Make an object, or let the edge do it. Two that ask for the same get it one by one."""
        key = asked.key()
        if key is None:
            return Answer(0, here=True)
        while key.digest in self._making:
            await self._making[key.digest].wait()
        self._making[key.digest] = asyncio.Event()
        try:
            answer = await self._make(asked, key, start.now())
        except OSError:
            answer = Answer(1, here=True)  # the command itself says best what is wrong
        finally:
            self._making.pop(key.digest).set()
        self.counted[HERE] += answer.here
        text, self._untold = self._untold + answer.text, b""
        return replace(answer, text=text)

    async def _make(self, asked: Asked, key: Key, began: int) -> Answer:
        if results.take_stored(asked, key, began):
            self.counted[STORED] += 1
            return Answer(0)
        refused = await self._greet()
        if refused and self._settings.only:
            return refused
        if time.monotonic() < self._off_until:
            return Answer(0, here=True)
        asked_for = work(asked, key, self._settings, self._blobs)
        if asked_for is None:
            return Answer(0, here=True)
        remote = asyncio.create_task(self._remotely(asked_for, asked, key, began))
        tasks = [remote]
        try:
            # (Most answers come sooner than anybody here would begin.)
            if not (await asyncio.wait(tasks, timeout=_PATIENCE))[0]:
                tasks.append(here := asyncio.create_task(self._when_idle(asked)))
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                if here.done() and not here.result().status:
                    self.counted[HERE] += 1
                    return here.result()
            return await remote
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _greet(self) -> Answer | None:
        """Wait until the server has answered for the first time; what is wrong if it has not."""
        if self._greeting is None:
            self._greeting = asyncio.create_task(self._first_contact())
        return await asyncio.shield(self._greeting)

    async def _first_contact(self) -> Answer | None:
        try:
            async with asyncio.timeout(_GREETING):
                await self._client.capabilities()
        except TimeoutError:
            return self._unreachable(f"{self._address}: no answer in {_GREETING:.0f} seconds")
        except RemoteError as error:
            return self._unreachable(str(error))
        return None

    async def _remotely(self, asked_for: Work, asked: Asked, key: Key, began: int) -> Answer:
        async with self._remote:
            made = f"{asked.path(asked.output)}.remote"
            try:
                result = await self._client.make(asked_for, {OUTPUT: made})
            except RemoteError as error:
                return self._unreachable(str(error))
        if result.exit_code or OUTPUT not in result.outputs:
            return self._failed(asked, result)
        results.place(asked, key, made, began, keep=not _said(result) and asked.is_current())
        self.counted[CACHED if result.cached else EXECUTED] += 1
        return Answer(0, _said(result))

    def _failed(self, asked: Asked, result: Result) -> Answer:
        """A command that failed there: here it says why, in the words of this machine.

        A worker that lacks the compiler fails like that too, each time: so it is told, once.
        """
        said = _said(result).decode(errors="replace").strip() or "it said nothing"
        if self._settings.only:
            return Answer(result.exit_code or 1, f"{said}\n".encode())
        if not self._has_failed:
            self._has_failed = True
            self._untold += (f"ltogen: warning: {self._address}: {asked.bitcode}: failed there "
                             f"({said.partition(chr(10))[0]}); going on here\n").encode()
        return Answer(0, here=True)

    def _unreachable(self, problem: str) -> Answer:
        """Do without the server for a while, and say so once."""
        if self._settings.only:
            return Answer(1, f"ltogen: {problem}; nothing is built here (only)\n".encode())
        if time.monotonic() >= self._off_until:
            self._untold = f"ltogen: warning: {problem}; going on here\n".encode()
        self._off_until = time.monotonic() + _REST
        return Answer(0, here=True)

    async def _when_idle(self, asked: Asked) -> Answer:
        """Run the command here as soon as a processor has nothing else to do."""
        while self._settings.only or not self.turns.idle():
            await asyncio.sleep(_LOOK)
        async with self.turns.free:
            status, said = await turns.run(asked.here, asked.folder)
        return Answer(status, said)


def _said(result: Result) -> bytes:
    return result.stdout + result.stderr
