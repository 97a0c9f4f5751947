"""Digests of text."""

from __future__ import annotations

from hashlib import blake2b

DIGEST = 16  # bytes


def digest(data: bytes) -> bytes:
    """Bytes that are equal for equal data."""
    return blake2b(data, digest_size=DIGEST).digest()


def mark(data: bytes) -> bytes:
    """A digest as a part of other text, which has no NUL inside."""
    return b"\0=" + digest(data)
