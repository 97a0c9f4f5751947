"""Calls that end in time, and that are made again where that may help."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc
import grpc.aio

from ltogen.remote.access import Access, Metadata
from ltogen.remote.errors import (
    DamagedError,
    DeniedError,
    MissingError,
    RefusedError,
    RemoteError,
    UnreachableError,
)
from ltogen.remote.services import Unary
from ltogen.remote.settings import Settings
from ltogen.remote.status import Status, of_error

Q = TypeVar("Q")
R = TypeVar("R")
Code = grpc.StatusCode

PASSING = frozenset({Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.ABORTED,
                     Code.DEADLINE_EXCEEDED})
_DENIED = frozenset({Code.UNAUTHENTICATED, Code.PERMISSION_DENIED})
_FIRST = 0.1  # seconds before a call is made again
_LONGEST = 5.0
_SLOWEST = 256 << 10  # bytes a second that content is sent with at least


class CallError(Exception):
    """A call failed, with a status."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.words)
        self.status = status


class Trouble:
    """Failures in a row of one thing that is wanted.

    `of_server`: if there are too many, nobody need ask the server for anything.
    """

    def __init__(self, *, of_server: bool = True) -> None:
        self.of_server = of_server
        self.began = 0.0
        self.number = 0
        self.renewed = False

    def over(self) -> None:
        """It goes on."""
        self.number = 0
        self.renewed = False

    def pause(self, now: float, least: float) -> float:
        """How long to wait after one more, in seconds."""
        if not self.number:
            self.began = now
        longest = min(_LONGEST, _FIRST * 2.0 ** min(self.number, 10))
        self.number += 1
        return max(least, random.uniform(longest / 2, longest))


class Caller:
    """Makes the calls of one client to its server."""

    def __init__(self, address: str, access: Access, settings: Settings) -> None:
        self._address, self._access, self._settings = address, access, settings
        self._given_up: tuple[float, str] | None = None

    async def call(self, what: str, method: Unary[Q, R | None], request: Q, *,
                   size: int = 0, action: str = "") -> R:
        """The answer to a request. `size`: bytes of content that it brings, or is to bring.

        Raises RemoteError.
        """
        timeout = self.time_for(size)

        async def attempt(metadata: Metadata) -> R:
            answer = await method(request, timeout=timeout, metadata=metadata)
            if answer is None:
                raise self.garbled(what)
            return answer
        return await self.again(what, attempt, action)

    async def again(self, what: str, attempt: Callable[[Metadata], Awaitable[R]],
                    action: str = "", passing: frozenset[Code] = PASSING) -> R:
        """What `attempt` returns, which is called until it raises no error that passes."""
        self.check(what)
        trouble = Trouble()
        while True:
            metadata = self._access.metadata(action)
            try:
                answer = await attempt(metadata)
            except (grpc.aio.AioRpcError, CallError) as error:
                await self.bear(what, status_of(error), trouble, metadata, passing)
            else:
                self.answered()
                return answer

    def answered(self) -> None:
        """The server is there."""
        self._given_up = None

    def check(self, what: str) -> None:
        """Raises UnreachableError while a server that was given up is left alone."""
        if self._given_up and time.monotonic() < self._given_up[0]:
            raise UnreachableError(self._given_up[1])

    async def bear(self, what: str, status: Status, trouble: Trouble, metadata: Metadata,
                   passing: frozenset[Code]) -> None:
        """Wait until the call may be made again, or raise what `status` means."""
        if status.code is Code.UNAUTHENTICATED and not trouble.renewed:
            trouble.renewed = True
            if await self._access.renew(metadata):
                return
        if status.code not in passing:
            raise self.error(what, status)
        now = time.monotonic()
        pause = trouble.pause(now, status.delay)
        # (One that was given up gets one chance.)
        patience = 0.0 if self._given_up else self._settings.patience
        if now + pause - trouble.began > patience:
            raise self._give_up(what, status, now - trouble.began, trouble)
        await asyncio.sleep(pause)

    def error(self, what: str, status: Status) -> RemoteError:
        """What a status means that does not pass."""
        text = self.text(what, status)
        if status.code in _DENIED:
            return DeniedError(text)
        if status.code is Code.NOT_FOUND or status.missing:
            return MissingError(text, status.missing)
        return UnreachableError(text) if status.code in PASSING else RefusedError(text)

    def garbled(self, what: str) -> DamagedError:
        """The error for an answer that is no message."""
        return DamagedError(f"{self._address}: {what}: the answer is no message of the API")

    def text(self, what: str, status: Status) -> str:
        """One line that names the server."""
        return self.line(f"{what}: {status.words}")

    def line(self, text: str) -> str:
        """`text` with the server's name, and without what the server was shown."""
        return self._access.without_secrets(f"{self._address}: {text}")

    def time_for(self, size: int) -> float:
        """How long a call may take, in seconds, that moves `size` bytes."""
        return self._settings.call + size / _SLOWEST

    def metadata(self, action: str = "") -> Metadata:
        """What a call sends besides its request."""
        return self._access.metadata(action)

    def _give_up(self, what: str, status: Status, after: float,
                 trouble: Trouble) -> UnreachableError:
        text = self.text(what, status)
        if after >= 1:
            text += f" (given up after {after:.0f} seconds)"
        if status.code is Code.UNAVAILABLE and trouble.of_server:
            self._given_up = time.monotonic() + self._settings.rest, text
        return UnreachableError(text)


def status_of(error: grpc.aio.AioRpcError | CallError) -> Status:
    """The status of a call that failed."""
    return error.status if isinstance(error, CallError) else of_error(error)
