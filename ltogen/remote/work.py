"""The nouns: what a server is to do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ltogen.remote.digests import Blob, Digest


class Work(Struct, frozen=True, kw_only=True):
    """One command. Inputs and outputs are files, by paths relative to the folder it runs in."""

    argv: tuple[str, ...]
    inputs: Mapping[str, Blob]
    outputs: tuple[str, ...]
    environment: Mapping[str, str] = {}
    platform: Mapping[str, str] = {}  # on top of the endpoint's
    timeout: float = 0.0  # seconds that the command may run; 0: as long as the server lets it


class Output(Struct, frozen=True):
    """A file that the command wrote; `contents` if they came with the answer."""

    path: str
    digest: Digest
    executable: bool = False
    contents: bytes | None = None


class Result(Struct, frozen=True):
    """What a command ended with. `outputs` has those that it was to write, and did."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    outputs: Mapping[str, Output]
    cached: bool  # nobody ran it for this
    worker: str = ""
    seconds: float = 0.0  # that the command ran, as the worker says
