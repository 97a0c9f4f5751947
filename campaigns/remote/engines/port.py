"""A port of loopback that belongs to this process while nobody listens, too."""

from __future__ import annotations

import socket


class Port:
    """A free TCP port, kept until `close`.

    gRPC's servers share their ports (SO_REUSEPORT). A socket that is bound but does not listen
    lets them, and keeps everybody else away; as long as none listens, connections are refused.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    @property
    def address(self) -> str:
        """How gRPC names it."""
        return f"127.0.0.1:{self.number}"

    def answers(self) -> bool:
        """Say whether somebody listens."""
        try:
            socket.create_connection(("127.0.0.1", self.number), timeout=1).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Leave it to others."""
        self._socket.close()
