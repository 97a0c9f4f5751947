"""A bad network on loopback: a proxy that waits, stalls, cuts and refuses connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from campaigns.remote.engines.port import Port

_PIECE = 1 << 16
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closed at once, and the other side hears of it
T = TypeVar("T")


class Interposer:
    """Stands between clients and the `target` port, in a thread of its own.

    `latency` is what each piece waits, in seconds, each way; it may be set at any time.
    """

    def __init__(self, target: int) -> None:
        self.latency = 0.0
        self.connections = 0  # so far
        self.sent = 0  # bytes from clients
        self.received = 0  # bytes to clients
        self.port = Port()
        self._target = target
        self._flows = asyncio.Event()
        self._left: int | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def accept(self) -> None:
        """Take connections again, as from the start."""
        self._do(self._accept())

    def refuse(self) -> None:
        """Refuse connections from now on; those that are there stay."""
        self._do(self._refuse())

    def cut(self) -> None:
        """Cut all connections that are there; new ones are taken."""
        self._do(self._cut())

    def cut_after(self, size: int) -> None:
        """Cut all connections once, when so many more bytes have passed, either way."""
        self._left = size

    def stall(self) -> None:
        """Let nothing pass; connections stay and new ones are taken."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def flow(self) -> None:
        """Let pass what stalled."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def __enter__(self) -> Self:
        self._thread.start()
        self.flow()
        self.accept()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._do(self._refuse())
        self._do(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.port.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _accept(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(
                self._connected, "127.0.0.1", self.port.number, reuse_port=True)

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _cut(self) -> None:
        for writer in self._open:
            end: socket.socket = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, there[1]}
        self._open |= ends
        await asyncio.gather(self._carry(reader, there[1], "sent"),
                             self._carry(there[0], writer, "received"))
        self._open -= ends

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
                     count: str) -> None:
        """Read at once and write later: waiting takes no throughput, as on a long line."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        writing = asyncio.ensure_future(self._write(pieces, writer, count))
        piece = b" "
        while piece:
            try:
                piece = await reader.read(_PIECE)
            except OSError:
                piece = b""
            pieces.put_nowait((self._loop.time() + self.latency, piece))
        await writing

    async def _write(self, pieces: asyncio.Queue[tuple[float, bytes]],
                     writer: asyncio.StreamWriter, count: str) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(due - self._loop.time())
                await self._flows.wait()
                if not piece:
                    break
                setattr(self, count, getattr(self, count) + len(piece))
                await self._spend(len(piece))
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def _spend(self, size: int) -> None:
        if self._left is None:
            return
        self._left -= size
        if self._left <= 0:
            self._left = None
            await self._cut()
