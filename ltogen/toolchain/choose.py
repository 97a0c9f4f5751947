"""Decides between the machine's toolchain and the embedded one."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from ltogen.base.errors import KilledError, UserError
from ltogen.model.toolchain import Toolchain
from ltogen.toolchain import compiler
from ltogen.toolchain.embedded import INSTALL, embedded, zig_path
from ltogen.toolchain.fingerprint import fingerprint
from ltogen.toolchain.system import Choice, system


class Request(Struct, frozen=True):
    """The tools that the project file and the command line ask for; ltogen chooses for None."""

    kind: str | None = None
    cc: str | None = None
    cxx: str | None = None
    ld: str | None = None
    ar: str | None = None
    target: str | None = None

    def words(self) -> tuple[str, ...]:
        """The request as data that can be compared with an earlier one."""
        return tuple(f"{name}={value}" for name in self.__struct_fields__
                     if (value := getattr(self, name)) is not None)


def choose(request: Request, remembered: Path) -> Toolchain:
    """The toolchain for `request`.

    `remembered` is an earlier answer (`out/toolchain.json`). It is used without running a compiler
    if the request is the same and all of its files are unchanged.
    """
    earlier = _recall(remembered)
    if earlier and earlier.request == request.words() and _unchanged(earlier):
        return earlier
    found = _find(request)
    return msgspec.structs.replace(
        found, request=request.words(), identity=compiler.identity(found.fingerprint),
        names_by_source=compiler.names_by_source(found.fingerprint, found.backend))


def _find(request: Request) -> Toolchain:
    if request.kind == "embedded":
        return embedded(request.target)
    choice = Choice(request.cc, request.cxx, request.ld, request.ar, request.target)
    if request.kind == "system" or any((request.cc, request.cxx, request.ld)):
        return system(choice)
    try:
        return system(choice)
    except KilledError:
        raise
    except UserError as error:
        if zig_path() is None:
            raise UserError(f"no toolchain: {error}; or {INSTALL}") from error
        return embedded(request.target)


def _recall(path: Path) -> Toolchain | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Toolchain)
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return None


def _unchanged(toolchain: Toolchain) -> bool:
    return fingerprint(toolchain.inputs) == toolchain.fingerprint
