"""The noun: what a server can do."""

from __future__ import annotations

from msgspec import Struct

from ltogen.remote.api import remote_execution_pb2 as api

_LARGEST = 4 << 20  # bytes: what gRPC takes in one message, if nobody says otherwise
_ROOM = 4 << 10  # bytes of a batch besides its contents


class Capabilities(Struct, frozen=True):
    """What a client needs to know."""

    executes: bool
    batch: int  # bytes of contents in one call
    largest: int  # bytes of one content; 0: any
    compressed_streams: bool
    compressed_batches: bool


def of_message(message: api.ServerCapabilities, *, compressed: bool) -> Capabilities:
    """What a server says it can; without `compressed`, as if it could not compress."""
    cache, zstd = message.cache_capabilities, api.Compressor.ZSTD
    return Capabilities(
        executes=message.execution_capabilities.exec_enabled,
        batch=max(0, min(cache.max_batch_total_size_bytes or _LARGEST, _LARGEST) - _ROOM),
        largest=cache.max_cas_blob_size_bytes,
        compressed_streams=compressed and zstd in cache.supported_compressors,
        compressed_batches=compressed and zstd in cache.supported_batch_update_compressors)


def speaks(message: api.ServerCapabilities) -> bool:
    """Whether a server speaks version 2, and knows contents by SHA-256."""
    low, high = message.low_api_version.major, message.high_api_version.major
    known = message.cache_capabilities.digest_functions
    return low <= 2 and (not high or high >= 2) and (
        not known or api.DigestFunction.SHA256 in known)
