"""Why something cannot be had from a server."""

from __future__ import annotations

from collections.abc import Iterable


class RemoteError(Exception):
    """What was asked for cannot be had: the caller makes it here.

    The message is one line, which names the server and what went wrong.
    """


class UnreachableError(RemoteError):
    """The server did not answer, or was too busy, for as long as that is borne."""


class OverdueError(RemoteError):
    """An execution took longer than it may."""


class DeniedError(RemoteError):
    """The server does not know who asks, or does not let him."""


class RefusedError(RemoteError):
    """The server does not do this, or what was asked is wrong."""


class DamagedError(RemoteError):
    """What came is not what its digest says, or no message at all."""


class ChangedError(RemoteError):
    """A file is no longer what its digest says."""


class MissingError(RemoteError):
    """The server has no such content; `hashes` says which, as far as it told."""

    def __init__(self, message: str, hashes: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.hashes = frozenset(hashes)
