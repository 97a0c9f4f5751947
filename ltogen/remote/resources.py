"""How ByteStream names contents."""

from __future__ import annotations

import uuid

from ltogen.remote.digests import Digest


def to_read(instance: str, digest: Digest, *, compressed: bool) -> str:
    """The name of a content that is there."""
    return _below(instance, _content(digest, compressed=compressed))


def to_write(instance: str, digest: Digest, *, compressed: bool) -> str:
    """A new name for a content that is to be there."""
    return _below(instance, f"uploads/{uuid.uuid4()}/{_content(digest, compressed=compressed)}")


def _content(digest: Digest, *, compressed: bool) -> str:
    return f"{'compressed-blobs/zstd' if compressed else 'blobs'}/{digest}"


def _below(instance: str, name: str) -> str:
    return f"{instance}/{name}" if instance else name
