"""A server of the Remote Execution API for tests: buildbox-casd, which keeps and executes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

_FOLDER = Path(os.environ.get("LTOGEN_TEST_ENGINES") or
               Path(__file__).parent.parent.parent / ".venv/engines") / "bin"
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64")  # what actions see besides their inputs
_PATIENCE = 20.0  # seconds

needs_casd = pytest.mark.skipif(
    not (_FOLDER / "buildbox-casd").exists() or shutil.which("bwrap") is None,
    reason="no buildbox-casd (LTOGEN_TEST_ENGINES) or no bwrap")


class Casd:
    """A server with its files in `folder`; the port stays the same over stops and starts."""

    def __init__(self, folder: Path, *words: str, jobs: int = 2) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"grpc://{self.address}"
        self._words: list[str | Path] = [
            _FOLDER / "buildbox-casd", f"--bind={self.address}", f"--jobs={jobs}",
            "--log-level=info", f"--buildbox-run={_FOLDER / 'buildbox-run'}",
            *(f"--runner-arg=--ro-bind-mount={Path(path).resolve()}:{path}"
              for path in _SYSTEM if Path(path).exists()), *words, folder / "store"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._words, stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            assert time.monotonic() < until, self.log
            assert self._process.poll() is None, self.log
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def forget(self, digest: str) -> None:
        """Lose one content."""
        (self.folder / "store/cas/objects" / digest[:2] / digest[2:]).unlink()

    def forget_all(self) -> None:
        """Empty the store, of one that does not run."""
        shutil.rmtree(self.folder / "store", ignore_errors=True)

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text("utf-8", "replace")

    @property
    def executed(self) -> int:
        """How many actions it has executed."""
        return self.log.count("] Runner exited with code ")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port)):
                return True
        except OSError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.kill()


def free_port() -> int:
    """A port on loopback that nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
