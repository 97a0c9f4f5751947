"""tmux, configured by autotools, built by make, linked by `ld.ltogen` or by lld with a cache."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import msgspec

from bench.edits import edit, store
from bench.graph import JOBS
from bench.places import SOURCES, fresh
from bench.process import Run, run
from ltogen.base.errors import UserError
from ltogen.toolchain import Toolchain

# 95 modules import from tmux.c, and none of them this function.
_FILE, _TEXT = "tmux.c", '"usage: %s [-2CDlNuVv]'
_COMPILED = re.compile(r": (\d+) of (\d+) modules compiled")


class Tmux(msgspec.Struct, frozen=True):
    """A copy of the sources, which is also where it is built."""

    folder: Path
    toolchain: Toolchain
    linker: str  # ltogen or lld

    def configure(self) -> Tmux:
        """From nothing."""
        shutil.copytree(SOURCES / "tmux", fresh(self.folder) / "tmux", symlinks=True)
        self._shell("autoreconf -fi && ./configure")
        return self

    def make(self) -> Run:
        """make with two jobs; the journal of ld.ltogen is of this build alone."""
        self._journal.unlink(missing_ok=True)
        return self._shell(f"make -j{JOBS}")

    def edit(self, number: int) -> None:
        """Another text in a static function."""
        path = str(self.folder / "tmux" / _FILE)
        text = edit.read(path)
        changed = re.sub(r'"usage\d*: %s', f'"usage{number}: %s', text)
        if changed == text:
            raise UserError(f"{path}: no {_TEXT} to edit")
        edit.write(path, changed)

    def backends(self) -> tuple[int, int]:
        """How many backends the last link ran, of how many modules."""
        found = _COMPILED.search(self._journal.read_text() if self._journal.exists() else "")
        if found is None:
            raise UserError(f"{self._journal}: no link by a graph")
        return int(found[1]), int(found[2])

    @property
    def _journal(self) -> Path:
        return self.folder / "log"

    def _shell(self, command: str) -> Run:
        bin_folder = Path(sys.executable).parent
        lld = f"-Wl,--thinlto-cache-dir={self.folder / 'cache'}" if self.linker == "lld" else ""
        return run(["sh", "-ec", command], self.folder / "tmux", {
            "PATH": f"{bin_folder}:{os.environ['PATH']}", "CC": self.toolchain.cc[0],
            "AR": self.toolchain.ar[0], "CFLAGS": "-O2 -flto=thin", "MAKEFLAGS": "",
            "LDFLAGS": f"-flto=thin -fuse-ld={self.linker} {lld}",
            "LTOGEN_LOG": str(self._journal), "LTOGEN_STATE_DIR": str(self.folder / "states"),
            **dict(store.at(self.folder / "store"))})
