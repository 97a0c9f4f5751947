"""The client process: answers the edges of one Ninja, and ends with it."""

from __future__ import annotations

import asyncio
import marshal
import os
import resource
import socket

from ltogen.base.errors import UserError
from ltogen.base.processes import at_once
from ltogen.nested import journal
from ltogen.remote.client import Client
from ltogen.remote.settings import Settings as Limits
from ltogen.remote_build import asked, settings
from ltogen.remote_build.backends import Answer, Backends
from ltogen.steps import remote as edge

_PATIENCE = 10.0  # seconds of failures after which a backend is built here


def main(words: list[str]) -> int:
    """Serve: where the server is, the Ninja's process, and the descriptor of the socket."""
    where, ninja, descriptor = words
    listening = socket.socket(fileno=int(descriptor))
    try:
        asyncio.run(_Process(where, int(ninja)).serve(listening))
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass
    return 0


class _Process:
    def __init__(self, where: str, ninja: int) -> None:
        self._where, self._ninja = where, ninja
        self._problem = ""
        self._backends: Backends | None = None

    async def serve(self, listening: socket.socket) -> None:
        """Answer until the Ninja is gone."""
        ended = self._ended()
        try:
            found = settings.load(self._where)
        except UserError as error:
            self._problem = str(error)
            await self._until(ended, listening)
            return
        limits = Limits(execution=float(found.timeout), executions=found.jobs,
                        patience=_PATIENCE)
        async with Client(found.endpoint, limits) as client:
            self._backends = Backends(client, found, at_once())
            await self._until(ended, listening)
        _note(found.endpoint.address, self._backends)

    def _ended(self) -> asyncio.Event:
        """What happens when the Ninja ends."""
        ended = asyncio.Event()
        try:
            process = os.pidfd_open(self._ninja)
        except OSError:
            ended.set()
            return ended
        asyncio.get_running_loop().add_reader(process, ended.set)
        return ended

    async def _until(self, ended: asyncio.Event, listening: socket.socket) -> None:
        server = await asyncio.start_unix_server(self._serve_edge, sock=listening)
        await ended.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve_edge(self, reader: asyncio.StreamReader,
                          writer: asyncio.StreamWriter) -> None:
        """One edge, from its command to its end."""
        try:
            if not _is_own(writer):
                return
            size = int.from_bytes(await reader.readexactly(edge.LENGTH), "little")
            folder, command, verify = marshal.loads(await reader.readexactly(size))
            await self._answer(reader, writer, folder, command, here=bool(verify))
        except (OSError, EOFError, asyncio.IncompleteReadError):
            pass  # the edge was killed
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
                      folder: str, command: list[str], *, here: bool) -> None:
        gone = asyncio.create_task(reader.read())  # (an edge says no more)
        making = asyncio.create_task(self._make(folder, command, here=here))
        await asyncio.wait((gone, making), return_when=asyncio.FIRST_COMPLETED)
        if not making.done():
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
            return
        answer = making.result()
        if not answer.here or self._backends is None:
            _write(writer, answer)
            await writer.drain()
            return
        async with self._backends.turns.free:
            _write(writer, answer)
            await writer.drain()
            await gone  # the command that has taken its place has ended

    async def _make(self, folder: str, command: list[str], *, here: bool) -> Answer:
        if self._problem:
            return Answer(1, f"ltogen: {self._problem}\n".encode())
        found = None if here else asked.parse(folder, command)
        if found is None or self._backends is None:
            return Answer(0, here=True)
        return await self._backends.make(found)


def _note(address: str, backends: Backends) -> None:
    """Tell LTOGEN_LOG what became of the build's backends, and what the process took for it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    counts = ", ".join(f"{count} {where}" for where, count in backends.counted.items())
    journal.append(f"{address}: {counts}; {used.ru_utime + used.ru_stime:.2f} s of CPU, "
                   f"{used.ru_maxrss >> 10} MiB\n")


def _is_own(writer: asyncio.StreamWriter) -> bool:
    """Whether the other end is this user's: anybody can connect to an abstract socket."""
    return edge.owner(writer.get_extra_info("socket")) == os.geteuid()


def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    kind = edge.HERE if answer.here else edge.DONE
    writer.write(kind + bytes([min(answer.status, 255)])
                 + len(answer.text).to_bytes(edge.LENGTH, "little") + answer.text)
