"""Work for servers of tests, and clients of them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from ltogen.remote.client import Client
from ltogen.remote.digests import Blob, blob_of
from ltogen.remote.endpoint import Endpoint
from ltogen.remote.settings import Settings
from ltogen.remote.work import Work

R = TypeVar("R")
PATIENT = Settings(call=10.0, execution=60.0, patience=10.0)
HASTY = Settings(call=5.0, execution=20.0, patience=0.5, rest=0.5)


def do(work: Coroutine[Any, Any, R]) -> R:
    """Run it, but not for ever."""
    async def bounded() -> R:
        async with asyncio.timeout(60):
            return await work
    return asyncio.run(bounded())


def shell(script: str, inputs: Mapping[str, bytes | Blob] | None = None, *outputs: str,
          **more: Any) -> Work:
    """A script with its files."""
    return Work(argv=("/bin/sh", "-c", script),
                inputs={path: data if isinstance(data, Blob) else blob_of(data)
                        for path, data in (inputs or {}).items()},
                outputs=outputs, environment={"PATH": "/usr/bin:/bin"}, **more)


def client_of(url: str, settings: Settings = PATIENT, **endpoint: Any) -> Client:
    """A client of a server at `url`."""
    return Client(Endpoint(address=url, **endpoint), settings)
