"""Which commands run on this machine: those that have to, and those that nobody else has done."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence


class Turns:
    """The processors of this machine, one for each command that runs here.

    `async with` takes one of those that are `free`.
    """

    def __init__(self, processors: int) -> None:
        self.free = asyncio.Semaphore(processors)
        self._processors = processors

    def idle(self) -> bool:
        """Whether a processor has nothing to do, of what this process knows or not."""
        return not self.free.locked() and _running() < self._processors


def _running() -> int:
    """How many threads of the machine run or could run; this process is one of them."""
    with open("/proc/loadavg", "rb") as file:
        return int(file.read().split()[3].partition(b"/")[0]) - 1


async def run(command: Sequence[str], folder: str) -> tuple[int, bytes]:
    """Run a command to its end: the status, and all that it said. Cancelled, it is killed."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, start_new_session=True)
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        try:
            os.killpg(process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        await process.wait()
        raise
    status = process.returncode or 0
    return (status if status >= 0 else 128 - status), said
