"""Many small wishes at about the same time become few calls."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ltogen.remote.tasks import Tasks

Item = TypeVar("Item")
Answer = TypeVar("Answer")
# An item that is wanted, and where its answer goes.
Wish = tuple[Item, asyncio.Future[Answer]]


class Batches(Generic[Item, Answer]):
    """Gathers items while earlier ones are on their way; one that is wanted twice goes once.

    `send` answers all wishes it gets, or raises for those that are left. `limit` is the sum of
    sizes in one call of it, and `calls` how many run at once.
    """

    def __init__(self, send: Callable[[list[Wish[Item, Answer]]], Awaitable[None]],
                 limit: int, calls: int, tasks: Tasks) -> None:
        self._send, self._limit, self._calls, self._tasks = send, limit, calls, tasks
        self._waiting: deque[tuple[Wish[Item, Answer], int]] = deque()
        self._wanted: dict[str, asyncio.Future[Answer]] = {}
        self._running = 0

    def add(self, key: str, item: Item, size: int) -> asyncio.Future[Answer]:
        """The answer to an item. It is shared: who waits for it must not cancel it."""
        future = self._wanted.get(key)
        if future is None:
            future = self._wanted[key] = asyncio.get_running_loop().create_future()
            future.add_done_callback(lambda done: self._over(key, done))
            self._waiting.append(((item, future), size))
            if self._running < self._calls:
                self._running += 1
                self._tasks.start(self._work())
        return future

    def _over(self, key: str, future: asyncio.Future[Answer]) -> None:
        del self._wanted[key]
        if not future.cancelled():
            future.exception()  # (who asked for it may be gone)

    async def _work(self) -> None:
        wishes: list[Wish[Item, Answer]] = []
        try:
            while self._waiting:
                wishes = self._take()
                try:
                    await self._send(wishes)
                except Exception as error:
                    for _, future in wishes:
                        if not future.done():
                            future.set_exception(error)
        except asyncio.CancelledError:
            for _, future in (*wishes, *(wish for wish, _ in self._waiting)):
                future.cancel()
            raise
        finally:
            self._running -= 1

    def _take(self) -> list[Wish[Item, Answer]]:
        wishes: list[Wish[Item, Answer]] = []
        left = self._limit
        while self._waiting and (not wishes or self._waiting[0][1] <= left):
            wish, size = self._waiting.popleft()
            wishes.append(wish)
            left -= size
        return wishes


async def all_of(futures: list[asyncio.Future[None]]) -> None:
    """Wait for shared futures, and raise what one of them did. To be cancelled stops none."""
    if futures:
        await asyncio.wait(futures)
        for future in futures:
            future.result()


async def one_of_many(future: asyncio.Future[Answer]) -> Answer:
    """The answer of a shared future. To be cancelled does not stop it."""
    await asyncio.wait((future,))
    return future.result()


def chain(source: asyncio.Future[None], to: asyncio.Future[None]) -> None:
    """Let `to` end as `source` does."""
    def copy(done: asyncio.Future[None]) -> None:
        if to.done():
            return
        if done.cancelled():
            to.cancel()
        elif error := done.exception():
            to.set_exception(error)
        else:
            to.set_result(None)
    source.add_done_callback(copy)
