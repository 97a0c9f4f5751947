"""What a proxy makes of a server: one that compresses, that keeps half a content, and so on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import zstandard
from google.protobuf.message import Message

from ltogen.remote.api import bytestream_pb2 as stream
from ltogen.remote.api import remote_execution_pb2 as api
from tests.support.grpc_proxy import Messages, Proxy

M = TypeVar("M", bound=Message)


def changed(kind: type[M], change: Callable[[M], object]) -> Callable[[Messages], Messages]:
    """Messages of a kind, changed one by one."""
    async def change_all(messages: Messages) -> Messages:
        async for data in messages:
            message = kind.FromString(data)
            change(message)
            yield message.SerializeToString()
    return change_all


def capable(proxy: Proxy, change: Callable[[api.CacheCapabilities], object]) -> None:
    """Let the server say that it can something else."""
    proxy.on("GetCapabilities").answers = changed(
        api.ServerCapabilities, lambda message: change(message.cache_capabilities))


def compressing(proxy: Proxy) -> None:
    """Let the server take and give zstd, and nothing else above a few bytes."""
    def say(cache: api.CacheCapabilities) -> None:
        cache.supported_compressors.append(api.Compressor.ZSTD)
        cache.supported_batch_update_compressors.append(api.Compressor.ZSTD)
    capable(proxy, say)
    proxy.on("BatchUpdateBlobs").requests = changed(api.BatchUpdateBlobsRequest, _expand_update)
    proxy.on("BatchReadBlobs").requests = changed(api.BatchReadBlobsRequest, _accept_all)
    proxy.on("BatchReadBlobs").answers = changed(api.BatchReadBlobsResponse, _compress_read)
    proxy.on("Write").requests = _expand_write
    proxy.on("Read").requests = changed(stream.ReadRequest, _plain_name)
    proxy.on("Read").answers = _compress_stream


def resumable(proxy: Proxy) -> None:
    """Let the server know what it has of a content whose call broke off."""
    kept: dict[str, bytearray] = {}

    async def keep(requests: Messages) -> Messages:
        name = ""
        async for data in requests:
            request = stream.WriteRequest.FromString(data)
            if not name:
                name = request.resource_name
                before = bytes(kept.setdefault(name, bytearray()))
                assert request.write_offset == len(before)
                for at in range(0, len(before), 1 << 20):
                    yield stream.WriteRequest(
                        resource_name=name, write_offset=at,
                        data=before[at:at + (1 << 20)]).SerializeToString()
            kept[name] += request.data
            yield data

    async def tell(requests: Messages) -> Messages:
        async for data in requests:
            name = stream.QueryWriteStatusRequest.FromString(data).resource_name
            yield stream.QueryWriteStatusResponse(
                committed_size=len(kept[name])).SerializeToString()
    proxy.on("Write").requests = keep
    proxy.on("QueryWriteStatus").instead = tell


def _expand_update(message: api.BatchUpdateBlobsRequest) -> None:
    for request in message.requests:
        assert request.compressor == api.Compressor.ZSTD or len(request.data) < 2_000
        if request.compressor == api.Compressor.ZSTD:
            request.data = zstandard.decompress(request.data)
            request.compressor = api.Compressor.IDENTITY


def _accept_all(message: api.BatchReadBlobsRequest) -> None:
    assert list(message.acceptable_compressors) == [api.Compressor.ZSTD]
    del message.acceptable_compressors[:]


def _compress_read(message: api.BatchReadBlobsResponse) -> None:
    for response in message.responses:
        response.data = zstandard.compress(response.data)
        response.compressor = api.Compressor.ZSTD


def _plain_name(message: stream.ReadRequest | stream.WriteRequest) -> None:
    assert not message.resource_name or "compressed-blobs/zstd/" in message.resource_name
    message.resource_name = message.resource_name.replace("compressed-blobs/zstd/", "blobs/")


async def _expand_write(requests: Messages) -> Messages:
    offset, expander = 0, zstandard.ZstdDecompressor().decompressobj()
    async for data in requests:
        message = stream.WriteRequest.FromString(data)
        _plain_name(message)
        message.data, message.write_offset = expander.decompress(message.data), offset
        offset += len(message.data)
        for at in range(0, max(1, len(message.data)), 1 << 20):
            last = at + (1 << 20) >= len(message.data)
            yield stream.WriteRequest(
                resource_name=message.resource_name, data=message.data[at:at + (1 << 20)],
                write_offset=message.write_offset + at,
                finish_write=message.finish_write and last).SerializeToString()


async def _compress_stream(answers: Messages) -> Messages:
    packer = zstandard.ZstdCompressor().compressobj()
    async for data in answers:
        packed = packer.compress(stream.ReadResponse.FromString(data).data)
        packed += packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        yield stream.ReadResponse(data=packed).SerializeToString()
    yield stream.ReadResponse(data=packer.flush()).SerializeToString()
