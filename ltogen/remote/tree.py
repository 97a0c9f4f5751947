"""Work as a server is told of it: a tree of folders, a command and an action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Union

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from msgspec import Struct

from ltogen.remote import digests, messages
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.digests import Blob
from ltogen.remote.errors import RefusedError
from ltogen.remote.work import Work

_Folder = dict[str, Union[Blob, "_Folder"]]


class Described(Struct, frozen=True):
    """An action, and all contents that a server needs for it: files, folders, command, action."""

    action: Blob
    blobs: tuple[Blob, ...]
    outputs: tuple[str, ...]
    timeout: float


def describe(work: Work, platform: Iterable[tuple[str, str]] = ()) -> Described:
    """Work in the form that gives equal work an equal digest.

    `platform` is what all work asks of workers. Raises RefusedError for what cannot be said.
    """
    outputs = tuple(sorted(set(work.outputs)))
    for path in outputs:
        _names(path)
    properties = {**dict(platform), **work.platform}
    try:
        blobs: list[Blob] = list(work.inputs.values())
        root = _directory(_folder(work.inputs), blobs)
        command = _command(work, outputs, properties)
        action = _blob(api.Action(
            command_digest=messages.of_digest(command.digest), input_root_digest=root,
            timeout=_duration(work.timeout), platform=_platform(properties)))
    except ValueError as error:  # (protobuf: a surrogate stands for what is no UTF-8)
        raise RefusedError(f"{work.argv[0]}: cannot be said to a server: {error}") from None
    return Described(action, (*blobs, command, action), outputs, work.timeout)


def _command(work: Work, outputs: tuple[str, ...], properties: Mapping[str, str]) -> Blob:
    return _blob(api.Command(
        arguments=work.argv,
        environment_variables=[
            api.Command.EnvironmentVariable(name=name, value=value)
            for name, value in sorted(work.environment.items())],
        # Servers before 2.1 know the second, those before 2.2 look for the platform here.
        output_paths=outputs, output_files=outputs, platform=_platform(properties)))


def _platform(properties: Mapping[str, str]) -> api.Platform | None:
    if not properties:
        return None
    return api.Platform(properties=[api.Platform.Property(name=name, value=value)
                                    for name, value in sorted(properties.items())])


def _duration(seconds: float) -> Duration | None:
    whole = int(seconds)
    return Duration(seconds=whole, nanos=int((seconds - whole) * 1e9)) if seconds else None


def _folder(inputs: Mapping[str, Blob]) -> _Folder:
    root: _Folder = {}
    for path, blob in inputs.items():
        *above, name = _names(path)
        folder = root
        for step in above:
            below = folder.setdefault(step, {})
            if isinstance(below, Blob):
                raise RefusedError(f"{path}: {step} is a file and a folder")
            folder = below
        if folder.setdefault(name, blob) is not blob:
            raise RefusedError(f"{path}: is a file and a folder")
    return root


def _directory(folder: _Folder, blobs: list[Blob]) -> api.Digest:
    """The digest of a folder; what the server needs for it is added to `blobs`."""
    directory = api.Directory()
    for name in sorted(folder):
        entry = folder[name]
        if isinstance(entry, Blob):
            directory.files.add(name=name, digest=messages.of_digest(entry.digest),
                                is_executable=entry.executable)
        else:
            directory.directories.add(name=name, digest=_directory(entry, blobs))
    blob = _blob(directory)
    blobs.append(blob)
    return messages.of_digest(blob.digest)


def _names(path: str) -> list[str]:
    names = path.split("/")
    if not all(names) or "." in names or ".." in names:
        raise RefusedError(f"{path!r}: no relative path in its plainest form")
    return names


def _blob(message: Message) -> Blob:
    return digests.blob_of(message.SerializeToString(deterministic=True))
