"""A PostgreSQL cluster that is thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from campaigns.remote.engines.service import EngineError, Service
from campaigns.remote.engines.tools import find_database

_USER = "postgres"
# PostgreSQL does not run as root.
_AS_USER = () if os.geteuid() else (
    "setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups")
# Nobody needs what is in it after a crash of the machine.
_SETTINGS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
             "shared_buffers=16MB", "max_connections=100", "autovacuum=off",
             "dynamic_shared_memory_type=mmap")


class Database:
    """Listens on a socket in a folder of its own, below the system's temporary one.

    What a test may use is root's alone, and PostgreSQL is not root.
    """

    def __init__(self, log: Path) -> None:
        self._programs = find_database()
        self._folder = Path(tempfile.mkdtemp(prefix="ltogen-postgres-"))
        self._log = log
        self._service: Service | None = None

    @property
    def url(self) -> str:
        """How SQLAlchemy names it, with the driver that BuildGrid is written for."""
        return f"postgresql+psycopg2://{_USER}@/postgres?host={self._folder}"

    def start(self) -> None:
        """Make the cluster, and wait until it answers."""
        if self._programs is None:
            raise EngineError("there is no PostgreSQL")
        if _AS_USER:
            shutil.chown(self._folder, _USER, _USER)
        cluster = self._folder / "cluster"
        subprocess.run(
            [*_AS_USER, self._programs / "initdb", "-D", cluster, "-A", "trust", "-U", _USER,
             "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True, cwd=self._folder, stdout=subprocess.DEVNULL)
        settings = [word for setting in (*_SETTINGS, f"unix_socket_directories={self._folder}")
                    for word in ("-c", setting)]
        self._service = Service(
            [*_AS_USER, self._programs / "postgres", "-D", cluster, *settings],
            self._folder, self._log, leaves=self._folder)
        self._service.wait_until(self._answers, "PostgreSQL")

    def _answers(self) -> bool:
        assert self._programs is not None
        asked = subprocess.run(
            [self._programs / "pg_isready", "-q", "-h", self._folder, "-U", _USER], check=False)
        return asked.returncode == 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self.close)
            self.start()
            stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End it, and throw it away."""
        if self._service is not None:
            self._service.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
