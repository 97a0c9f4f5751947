"""A server of the Remote Execution API, whose content tests may lose."""

from __future__ import annotations

import socket
from pathlib import Path

from campaigns.remote.engines.casd import Casd
from tests.support.engines import TOOLS


class Server(Casd):
    """buildbox-casd with its files in `folder`; `words` are more of its options."""

    def __init__(self, folder: Path, *words: str, jobs: int = 2) -> None:
        super().__init__(TOOLS, folder, jobs=jobs)
        self._words[1:1] = words

    @property
    def address(self) -> str:
        """Its host and port."""
        return self.access.address

    @property
    def url(self) -> str:
        """Its address as ltogen is told of it."""
        return f"grpc://{self.address}"

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def lose(self, digest: str) -> None:
        """Lose one content."""
        (self.folder / "store/cas/objects" / digest[:2] / digest[2:]).unlink()


def free_port() -> int:
    """A port on loopback that nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
