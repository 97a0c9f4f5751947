"""Chooses the Ninja of a build directory."""

from __future__ import annotations

import os
import re
import shutil

from msgspec import Struct

from ltogen.base import processes
from ltogen.base.errors import UserError


class NinjaBinary(Struct, frozen=True):
    """One Ninja program and the version that it prints."""

    path: str
    version: str

    def keeps(self, log_version: int) -> bool:
        """Whether it reads a build log of this version; otherwise it discards the log.

        samurai prints 1.9.0, whatever log it writes, and no Ninja that old can build the manifest.
        """
        return self.version == "1.9.0" or log_version == self._log_version()

    def joins_paths(self) -> bool:
        """Whether it takes part in a jobserver that is a path."""
        return self._release() >= (1, 13)

    def joins_descriptors(self) -> bool:
        """Whether it takes part in a jobserver that is two descriptors: only Kitware's does."""
        return "jobserver" in self.version

    def _release(self) -> tuple[int, ...]:
        return tuple(map(int, re.findall(r"\d+", self.version)[:2]))

    def _log_version(self) -> int:
        release = self._release()
        return 5 if release < (1, 12) else 6 if release < (1, 13) else 7


def pinned(named: str | None) -> NinjaBinary:
    """The Ninja `named`, or the one that PyPI's `ninja` installed.

    Raises UserError if there is none.
    """
    path = _named(named) if named else _installed()
    return NinjaBinary(path, version_of(path))


def version_of(path: str) -> str:
    """The version that the Ninja at `path` prints."""
    try:
        status, out, _ = processes.run([path, "--version"])
    except OSError as error:
        raise UserError(f"{path}: cannot run: {error.strerror}") from error
    version = out.decode(errors="replace").strip()
    if status != 0 or not re.match(r"\d+\.\d+", version):
        raise UserError(f"{path}: not a Ninja; name one with --ninja")
    return version


def _named(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise UserError(f"--ninja {name}: no such program")
    return os.path.abspath(path)  # noqa: PTH100


def _installed() -> str:
    import ninja

    path = os.path.join(ninja.BIN_DIR, "ninja")  # noqa: PTH118
    if ninja.BIN_DIR and os.path.exists(path):  # noqa: PTH110
        return path
    found = shutil.which("ninja")
    if found is None:
        raise UserError("no Ninja; bring it with: pip install ninja")
    return found
