"""What goes with each call: headers, who asks, and a token that is had anew when it is refused."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterable

from ltogen.base.errors import UserError
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.endpoint import Endpoint
from ltogen.remote.errors import DeniedError

Metadata = tuple[tuple[str, str | bytes], ...]

_TOKEN = re.compile(r"[!-~]+\Z")
_LONGEST = 1 << 16  # bytes of a token
_PATIENCE = 30.0  # seconds that the command may take
_ASKING = "build.bazel.remote.execution.v2.requestmetadata-bin"


class Access:
    """Makes the metadata of calls to one server."""

    def __init__(self, endpoint: Endpoint, version: str) -> None:
        self._endpoint = endpoint
        self._asking = api.RequestMetadata(
            tool_details=api.ToolDetails(tool_name="ltogen", tool_version=version),
            tool_invocation_id=str(uuid.uuid4())).SerializeToString()
        self._renewing = asyncio.Lock()
        self._token = ""
        self._headers: Metadata = endpoint.headers

    async def open(self) -> None:
        """Have the first token. Raises UserError."""
        try:
            await self._have_token()
        except DeniedError as error:
            raise UserError(str(error)) from None

    def metadata(self, action: str = "") -> Metadata:
        """What a call sends; `action` is the digest of the one that it is for."""
        asking = self._asking
        if action:
            # (Messages that are put together are one.)
            asking += api.RequestMetadata(action_id=action).SerializeToString()
        return (*self._headers, (_ASKING, asking))

    async def renew(self, refused: Metadata) -> bool:
        """Have another token than that of a call that was refused; False if there is none.

        Raises DeniedError if it cannot be had.
        """
        async with self._renewing:
            if refused[:-1] == self._headers:
                await self._have_token()
            return refused[:-1] != self._headers

    def without_secrets(self, text: str) -> str:
        """A server may say what it was shown."""
        for secret in (self._token, *(value for _, value in self._endpoint.headers)):
            if len(secret) > 3:
                text = text.replace(secret, "***")
        return text

    async def _have_token(self) -> None:
        try:
            self._token = await _token(self._endpoint)
        except DeniedError as error:
            raise DeniedError(f"{self._endpoint.address}: {error}") from None
        if self._token:
            self._headers = (*self._endpoint.headers, ("authorization", f"Bearer {self._token}"))


async def _token(endpoint: Endpoint) -> str:
    """The present token; empty if there is to be none."""
    if endpoint.token_file:
        return _checked(_read(endpoint.token_file), endpoint.token_file)
    if endpoint.token_command:
        return _checked(await _printed(endpoint.token_command), endpoint.token_command[0])
    return ""


def _checked(data: bytes, where: str) -> str:
    token = data.strip().decode("ascii", "replace")
    if len(data) > _LONGEST or not _TOKEN.match(token):
        raise DeniedError(f"{where}: no token, which is one word of ASCII text")
    return token


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_LONGEST + 1)
    except OSError as error:
        raise DeniedError(f"{path}: {error.strerror}; it is to have a token") from None


async def _printed(words: Iterable[str]) -> bytes:
    """What a command prints. What it says of errors is shown to nobody: it may be the token."""
    name, *arguments = words
    try:
        process = await asyncio.create_subprocess_exec(
            name, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL)
    except OSError as error:
        raise DeniedError(f"{name}: {error.strerror}; it is to print a token") from None
    try:
        async with asyncio.timeout(_PATIENCE):
            printed, _ = await process.communicate()
    except TimeoutError:
        raise DeniedError(f"{name}: printed no token in {_PATIENCE:.0f} seconds") from None
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise DeniedError(f"{name}: ended with {process.returncode} instead of a token")
    return printed
