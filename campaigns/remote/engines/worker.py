"""One machine of a farm."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from campaigns.remote.engines.sandbox import runner_words
from campaigns.remote.engines.service import Service
from campaigns.remote.engines.tools import Tools

_BOT = Path(__file__).parent / "inside/bot.py"


class Worker:
    """Executes one action at a time for a farm, with its files in `folder`."""

    def __init__(self, tools: Tools, folder: Path, farm: str, instance: str,
                 mounts: Iterable[Path] = ()) -> None:
        self.name = folder.name
        self.folder = folder
        self._log = folder / "log"
        self._words: list[str | Path] = [
            tools.python, _BOT, f"--farm={farm}", f"--instance={instance}", f"--name={self.name}",
            f"--casd={tools.casd}", "--", tools.runner, *runner_words(mounts)]
        self._service: Service | None = None

    def start(self) -> None:
        """Run it; `wait` says when it is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._log.write_bytes(self._said())
        self._sessions = self._said().count(b"session ")
        self._service = Service(self._words, self.folder, self._log)

    def wait(self) -> None:
        """Wait until the farm knows it."""
        assert self._service is not None
        self._service.wait_until(
            lambda: self._said().count(b"session ") > self._sessions, self.name)

    def kill(self) -> None:
        """End it at once with the action that it executes, as a power cut does."""
        if self._service:
            self._service.kill()

    def forget(self) -> None:
        """Empty the store of one that does not run."""
        shutil.rmtree(self.folder / "store", ignore_errors=True)

    @property
    def executed(self) -> int:
        """How many actions it has executed since it was made."""
        return self._said().count(b"executed ")

    def _said(self) -> bytes:
        return self._log.read_bytes() if self._log.exists() else b""
