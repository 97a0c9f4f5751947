"""The noun: how long a client waits, and how much it does at once."""

from __future__ import annotations

from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """Times in seconds, and numbers of calls."""

    call: float = 60.0  # for one call; content gets more, by its size
    execution: float = 1800.0  # for an execution as a whole, with its uploads
    patience: float = 30.0  # how long failures in a row are borne
    rest: float = 30.0  # how long a server that was given up is not asked again
    keepalive: float = 60.0  # between signs of life on an idle connection
    executions: int = 100  # at once: proxies allow 128 streams on a connection
    transfers: int = 4  # calls at once that carry content, each way
    known: int = 100_000  # digests that the server is known to have
    compressed: bool = True  # where the server can
