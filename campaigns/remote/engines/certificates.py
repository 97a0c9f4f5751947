"""An authority that nobody knows, and the certificates that it signs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from campaigns.remote.engines.security import Identity
from campaigns.remote.engines.tools import Tools

_PROGRAM = Path(__file__).parent / "inside/certify.py"
_HOUR = 3600.0
_DAY = 24 * _HOUR
LOOPBACK = ("localhost", "127.0.0.1")


class Authority:
    """Its certificate and all that it signs lie in `folder`."""

    def __init__(self, tools: Tools, folder: Path, name: str = "authority") -> None:
        self._tools = tools
        self._folder = folder
        self._name = name
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self._make(name, "", (), _DAY).certificate

    def sign(self, name: str, *, hosts: Sequence[str] = LOOPBACK,
             ends: float = _DAY) -> Identity:
        """A certificate for a server or client that ends in so many seconds.

        With fewer than none it has ended before it is first used.
        """
        return self._make(name, self._name, hosts, ends)

    def _make(self, name: str, authority: str, hosts: Sequence[str], ends: float) -> Identity:
        wanted = {"folder": str(self._folder), "name": name, "authority": authority,
                  "hosts": hosts, "starts": min(ends, 0) - _HOUR, "ends": ends}
        subprocess.run([self._tools.python, _PROGRAM], input=json.dumps(wanted), text=True,
                       check=True)
        return Identity(self._folder / f"{name}.crt", self._folder / f"{name}.key")
