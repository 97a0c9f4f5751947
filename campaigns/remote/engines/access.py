"""What a client must know to use an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Access:
    """An address, and what is shown there.

    With an `authority` the connection is TLS; a client's own `certificate` comes with its `key`.
    """

    address: str
    instance: str = ""
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    token: str = ""

    @property
    def url(self) -> str:
        """As the settings of builds name it."""
        path = f"/{self.instance}" if self.instance else ""
        return f"{'grpcs' if self.authority else 'grpc'}://{self.address}{path}"
