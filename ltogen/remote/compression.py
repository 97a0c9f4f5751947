"""Contents as servers store and send them, with zstd."""

from __future__ import annotations

import io
from typing import Protocol

import zstandard

_LEVEL = 1  # what is sent was never slower than the network: little CPU counts more
_WORTH = 1 << 10  # bytes


class Expander(Protocol):
    """Takes pieces as they come, and gives what is in them."""

    def decompress(self, data: bytes, /) -> bytes:
        """What can be said by now. Raises zstandard.ZstdError."""
        ...


def compress(data: bytes) -> bytes | None:
    """One frame, or None if that is no gain."""
    if len(data) < _WORTH:
        return None
    packed = zstandard.ZstdCompressor(level=_LEVEL).compress(data)
    return packed if len(packed) < len(data) else None


def compressor() -> zstandard.ZstdCompressionObj:
    """For a content in pieces."""
    return zstandard.ZstdCompressor(level=_LEVEL).compressobj()


def expand(data: bytes, size: int) -> bytes:
    """What is in `data`, but no more than one byte above `size`; empty if it is no zstd."""
    try:
        with zstandard.ZstdDecompressor().stream_reader(
                io.BytesIO(data), read_across_frames=True) as reader:
            return reader.read(size + 1)
    except zstandard.ZstdError:
        return b""


def expander() -> Expander:
    """For a content in pieces."""
    return zstandard.ZstdDecompressor().decompressobj(read_across_frames=True)
