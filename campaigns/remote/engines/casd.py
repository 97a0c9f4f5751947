"""The small engine: one server that is store, action cache and worker."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from campaigns.remote.engines.access import Access
from campaigns.remote.engines.port import Port
from campaigns.remote.engines.sandbox import runner_words
from campaigns.remote.engines.service import Service
from campaigns.remote.engines.tools import Tools

# What it logs when an action has been executed, whatever it ended with.
_EXECUTED = b"] Runner exited with code "


class Casd:
    """A buildbox-casd that executes `jobs` actions at once, with its files in `folder`.

    The port stays the same over stops and starts. Actions see `mounts` beside the system's folders.
    """

    def __init__(self, tools: Tools, folder: Path, *, jobs: int = 2,
                 mounts: Iterable[Path] = ()) -> None:
        self.folder = folder
        self.port = Port()
        self.access = Access(self.port.address)
        self._words: list[str | Path] = [
            tools.casd, f"--bind={self.port.address}", f"--jobs={jobs}", "--log-level=info",
            f"--buildbox-run={tools.runner}",
            *(f"--runner-arg={word}" for word in runner_words(mounts)), folder / "store"]
        self._service: Service | None = None

    def start(self) -> None:
        """Run it, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._service = Service(self._words, self.folder, self.folder / "log")
        self._service.wait_until(self.port.answers, "buildbox-casd")

    def stop(self) -> None:
        """End it as an administrator does; the store stays."""
        if self._service:
            self._service.stop()

    def kill(self) -> None:
        """End it at once, with the actions that it executes; the store stays."""
        if self._service:
            self._service.kill()

    def forget(self) -> None:
        """Empty the store, of one that does not run."""
        shutil.rmtree(self.folder / "store", ignore_errors=True)

    @property
    def executed(self) -> int:
        """How many actions it has executed since it was made; those from the cache do not count."""
        return (self.folder / "log").read_bytes().count(_EXECUTED)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.kill()
        self.port.close()
