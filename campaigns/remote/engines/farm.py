"""The large engine: BuildGrid, with a scheduler in PostgreSQL and workers that come and go."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from campaigns.remote.engines.access import Access
from campaigns.remote.engines.database import Database
from campaigns.remote.engines.port import Port
from campaigns.remote.engines.security import Security, make_token
from campaigns.remote.engines.service import Service
from campaigns.remote.engines.settings import INSTANCE, WORKERS, write_settings
from campaigns.remote.engines.tools import Tools
from campaigns.remote.engines.worker import Worker

# A worker that waits for work is silent for four fifths of it, at least three seconds.
_PATIENCE = 4
_SERVER = Path(__file__).parent / "inside/server.py"


class Farm:
    """A server and some workers, with their files in `folder`.

    A worker that was silent for `patience` seconds is taken for lost, and its actions go to
    others. The port stays the same over stops and starts of the server.
    """

    def __init__(self, tools: Tools, folder: Path, *, workers: int = 2,
                 security: Security | None = None, patience: int = _PATIENCE,
                 mounts: Iterable[Path] = ()) -> None:
        self.folder = folder = folder.absolute()
        self.port = Port()
        self._tools = tools
        self._security = security or Security()
        self._patience = patience
        self._stack = ExitStack()
        secret = self._security.secret
        self.access = Access(self.port.address, INSTANCE, self._security.authority,
                             token=make_token(secret) if secret else "")
        mounts = tuple(mounts)
        self.workers = [
            Worker(tools, folder / f"worker-{number}", "unix:../farm.sock", WORKERS, mounts)
            for number in range(1, workers + 1)]
        self._database = ""
        self._server: Service | None = None

    def start_server(self) -> None:
        """Run the server, which ran before, and wait until it answers."""
        self._run_server()
        self._await_server()

    def kill_server(self) -> None:
        """End the server at once: it loses its action cache, but neither content nor queue."""
        if self._server:
            self._server.kill()

    @property
    def executed(self) -> int:
        """How many actions the workers have executed, and told."""
        return sum(worker.executed for worker in self.workers)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self.port.close)
            self.folder.mkdir(parents=True, exist_ok=True)
            database = stack.enter_context(Database(self.folder / "database.log"))
            self._database = database.url
            self._write_files()
            self._start_all(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stack.close()

    def _start_all(self, stack: ExitStack) -> None:
        stack.callback(self.kill_server)
        self._run_server()
        for worker in self.workers:
            stack.callback(worker.kill)
            worker.start()
        self._await_server()
        for worker in self.workers:
            worker.wait()

    def _run_server(self) -> None:
        (self.folder / "farm.sock").unlink(missing_ok=True)
        self._server = Service(
            [self._tools.python, _SERVER, "settings.yml", self._database],
            self.folder, self.folder / "log")

    def _await_server(self) -> None:
        assert self._server is not None
        self._server.wait_until(self.port.answers, "BuildGrid")

    def _write_files(self) -> None:
        write_settings(self.folder / "settings.yml", self.port.address, self._database,
                       self._security, self._patience)
        (self.folder / "secret").write_text(self._security.secret)
