"""The noun: which server a build uses, and how, from an address or a file."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from ltogen.base.decoding import located
from ltogen.base.errors import UserError
from ltogen.remote.endpoint import Endpoint

ADDRESS = ("grpc://", "grpcs://", "unix:")
DEFAULT_JOBS = 200


class _File(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What a file of settings may say; relative paths are seen from its folder."""

    address: str
    instance: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    token_file: str = ""
    token_command: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    platform: dict[str, str] = {}
    compiler: str = ""
    jobs: int = DEFAULT_JOBS
    timeout: int = 600
    only: bool = False


class Settings(Struct, frozen=True):
    """How backends are built elsewhere.

    `compiler` is the path of the compiler on a worker, if it is another than here. `jobs` are those
    that may run there at once; `timeout` are the seconds that one may take. `only`: none is built
    here.
    """

    endpoint: Endpoint
    compiler: str = ""
    jobs: int = DEFAULT_JOBS
    timeout: int = 600
    only: bool = False


def load(where: str) -> Settings:
    """The settings for an address, or in a TOML file.

    Raises UserError, which names the file and the key.
    """
    if where.startswith(ADDRESS):
        return Settings(Endpoint(address=where))
    path = Path(where).expanduser()
    try:
        said = msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise UserError(f"--remote {where}: {error.strerror}; name an address such as "
                        "grpcs://host:port, or a file") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise UserError(f"{where}: {located(error)}") from None
    if said.jobs < 1 or said.timeout < 1:
        raise UserError(f"{where}: jobs and timeout are numbers from 1 on")
    return Settings(_endpoint(said, path.resolve().parent), said.compiler, said.jobs, said.timeout,
                    said.only)


def _endpoint(said: _File, folder: Path) -> Endpoint:
    def placed(path: str) -> str:
        return os.path.join(folder, os.path.expanduser(path)) if path else ""

    return Endpoint(
        address=said.address, instance=said.instance, ca_file=placed(said.ca),
        certificate_file=placed(said.certificate), key_file=placed(said.key),
        token_file=placed(said.token_file), token_command=said.token_command,
        headers=tuple(sorted(said.headers.items())),
        platform=tuple(sorted(said.platform.items())))
