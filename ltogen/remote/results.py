"""What a server says of an action, as the noun."""

from __future__ import annotations

from collections.abc import Iterable

from ltogen.remote import digests, messages
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.digests import EMPTY, Digest
from ltogen.remote.errors import RefusedError
from ltogen.remote.reads import damaged
from ltogen.remote.retries import Caller
from ltogen.remote.storage import Storage
from ltogen.remote.work import Output, Result

_MOST_PRINTED = 16 << 20  # bytes


async def result_of(message: api.ActionResult, wanted: Iterable[str], storage: Storage,
                    caller: Caller, *, cached: bool) -> Result:
    """The result with what the command printed, which may have to be read.

    Raises RemoteError; MissingError if that is gone.
    """
    stdout = await _printed(message.stdout_raw, message.stdout_digest, storage, caller)
    stderr = await _printed(message.stderr_raw, message.stderr_digest, storage, caller)
    metadata = message.execution_metadata
    began, ended = metadata.execution_start_timestamp, metadata.execution_completed_timestamp
    return Result(message.exit_code, stdout, stderr, _outputs(message, wanted, caller), cached,
                  metadata.worker,
                  max(0.0, ended.seconds - began.seconds + (ended.nanos - began.nanos) / 1e9))


def _outputs(message: api.ActionResult, wanted: Iterable[str],
             caller: Caller) -> dict[str, Output]:
    there = {file.path: file for file in message.output_files}
    return {path: _output(there[path], caller) for path in wanted if path in there}


def _output(file: api.OutputFile, caller: Caller) -> Output:
    digest = messages.digest_in(file.digest)
    contents: bytes | None = file.contents
    if not contents:
        contents = b"" if digest == EMPTY else None
    elif digests.of_bytes(contents) != digest:
        raise damaged(caller, digest)
    return Output(file.path, digest, file.is_executable, contents)


async def _printed(raw: bytes, by: api.Digest, storage: Storage, caller: Caller) -> bytes:
    digest = messages.digest_in(by) if by.hash else Digest("", len(raw))
    if raw:
        if digest.hash and digests.of_bytes(raw) != digest:
            raise damaged(caller, digest)
        return raw
    if digest.size > _MOST_PRINTED:
        raise RefusedError(caller.line(f"the command printed {digest.size} bytes"))
    return await storage.read(digest) if digest.size else b""
