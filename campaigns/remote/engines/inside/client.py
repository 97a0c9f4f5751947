"""A plain client of the Remote Execution API: runs one action, told and answered as JSON.

It shares no code with ltogen: what both say of an engine is the engine's doing. This is the only
client that needs gRPC.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import grpc
from buildgrid._protos.build.bazel.remote.execution.v2 import remote_execution_pb2 as api
from buildgrid._protos.build.bazel.remote.execution.v2 import remote_execution_pb2_grpc as stubs

_DEADLINE = 60.0


class _Engine:
    def __init__(self, access: dict[str, Any]) -> None:
        self._instance = access["instance"]
        self._metadata = [("authorization", f"Bearer {access['token']}")] if access["token"] else []
        channel = _channel(access)
        self._content = stubs.ContentAddressableStorageStub(channel)
        self._execution = stubs.ExecutionStub(channel)

    def upload(self, blobs: list[bytes]) -> None:
        """Put blobs into the store that it does not have yet."""
        found = self._content.FindMissingBlobs(api.FindMissingBlobsRequest(
            instance_name=self._instance, blob_digests=[_digest(blob) for blob in blobs]),
            metadata=self._metadata, timeout=_DEADLINE)
        missing = {digest.hash for digest in found.missing_blob_digests}
        requests = [{"digest": _digest(blob), "data": blob} for blob in blobs
                    if _digest(blob).hash in missing]
        done = self._content.BatchUpdateBlobs(api.BatchUpdateBlobsRequest(
            instance_name=self._instance, requests=requests),
            metadata=self._metadata, timeout=_DEADLINE)
        assert all(response.status.code == 0 for response in done.responses), done

    def execute(self, action: Any) -> Any:
        """Run an action whose blobs are there; its ExecuteResponse."""
        request = api.ExecuteRequest(instance_name=self._instance, action_digest=action)
        response = api.ExecuteResponse()
        for operation in self._execution.Execute(request, metadata=self._metadata,
                                                 timeout=_DEADLINE):
            if operation.done:
                operation.response.Unpack(response)
        return response

    def text(self, digest: Any) -> str:
        """The content of a blob, as text."""
        if not digest.size_bytes:
            return ""
        read = self._content.BatchReadBlobs(api.BatchReadBlobsRequest(
            instance_name=self._instance, digests=[digest]),
            metadata=self._metadata, timeout=_DEADLINE)
        return str(read.responses[0].data.decode(errors="replace"))


def _channel(access: dict[str, Any]) -> Any:
    if not access["authority"]:
        return grpc.insecure_channel(access["address"])
    files = [Path(access[name]).read_bytes() if access[name] else None
             for name in ("authority", "key", "certificate")]
    return grpc.secure_channel(access["address"], grpc.ssl_channel_credentials(*files))


def _digest(blob: bytes) -> Any:
    return api.Digest(hash=hashlib.sha256(blob).hexdigest(), size_bytes=len(blob))


def _folder(files: dict[str, str], blobs: list[bytes]) -> Any:
    """The digest of a folder of texts by path; `blobs` gets what it consists of."""
    here = {path: text for path, text in files.items() if "/" not in path}
    below: dict[str, dict[str, str]] = {}
    for path, text in files.items():
        first, _, rest = path.partition("/")
        if rest:
            below.setdefault(first, {})[rest] = text
    blobs += [text.encode() for text in here.values()]
    folder = api.Directory(
        files=[{"name": name, "digest": _digest(here[name].encode())} for name in sorted(here)],
        directories=[{"name": name, "digest": _folder(below[name], blobs)}
                     for name in sorted(below)])
    return _added(folder, blobs)


def _added(message: Any, blobs: list[bytes]) -> Any:
    blobs.append(message.SerializeToString(deterministic=True))
    return _digest(blobs[-1])


def _action(wanted: dict[str, Any], blobs: list[bytes]) -> Any:
    command = api.Command(
        arguments=wanted["words"], output_paths=wanted["outputs"],
        environment_variables=[{"name": "PATH", "value": "/usr/bin:/bin"}])
    return _added(api.Action(command_digest=_added(command, blobs),
                             input_root_digest=_folder(wanted["inputs"], blobs)), blobs)


def _run(wanted: dict[str, Any]) -> dict[str, Any]:
    engine = _Engine(wanted["access"])
    blobs: list[bytes] = []
    action = _action(wanted, blobs)
    engine.upload(blobs)
    response = engine.execute(action)
    result = response.result
    return {"error": response.status.message if response.status.code else "",
            "cached": response.cached_result, "worker": result.execution_metadata.worker,
            "status": result.exit_code, "stdout": engine.text(result.stdout_digest),
            "stderr": engine.text(result.stderr_digest),
            "outputs": {file.path: file.digest.size_bytes for file in result.output_files}}


def main() -> None:
    """Read what is wanted, and print what came of it; `error` has gRPC's code first."""
    try:
        answer = _run(json.load(sys.stdin))
    except grpc.RpcError as error:
        answer = {"error": f"{error.code().name}: {error.details()}", "cached": False,
                  "worker": "", "status": -1, "stdout": "", "stderr": "", "outputs": {}}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
