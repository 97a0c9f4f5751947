"""Nouns of ours as the API's messages, and back."""

from __future__ import annotations

from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.digests import Digest


def of_digest(digest: Digest) -> api.Digest:
    """A digest for a server."""
    return api.Digest(hash=digest.hash, size_bytes=digest.size)


def digest_in(message: api.Digest) -> Digest:
    """A digest that a server sent."""
    return Digest(message.hash, message.size_bytes)
