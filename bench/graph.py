"""Our side: `ltogen configure`, then Ninja."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.places import NINJA, fresh
from bench.process import Run, run
from ltogen.backends import compilation_database as compdb
from ltogen.base.errors import UserError
from ltogen.model import layout
from ltogen.model.plan import Compilation
from ltogen.toolchain import Toolchain

JOBS = "2"
_EDGE = re.compile(r"^\[\d+/\d+\] (\S+)", re.MULTILINE)


class _Entry(msgspec.Struct, frozen=True):
    file: str
    output: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A build directory of ltogen's for the project in the folder `project`.

    `environment`: what its commands find besides that of the benchmark. Without a word about it
    there is no store, or nothing would be built from nothing.
    """

    project: Path
    build: Path
    kind: str  # of toolchain
    environment: tuple[tuple[str, str], ...] = (("LTOGEN_CACHE_DIR", "off"),)

    def configure(self) -> Run:
        """`ltogen configure` from nothing."""
        fresh(self.build)
        return self.reconfigure()

    def reconfigure(self, *options: str) -> Run:
        """`ltogen configure` with what is there."""
        return run([sys.executable, "-P", "-m", "ltogen", "configure", str(self.project),
                    "-B", str(self.build), "--toolchain", self.kind, *options], self.project,
                   dict(self.environment))

    def ninja(self, *arguments: str) -> Run:
        """Ninja with two jobs."""
        return run([NINJA, "-j", JOBS, *arguments], self.build, dict(self.environment))

    def toolchain(self) -> Toolchain:
        """What `configure` found."""
        data = (self.build / layout.Layout().toolchain).read_bytes()
        return msgspec.json.decode(data, type=Toolchain)

    def compilations(self) -> list[Compilation]:
        """Every compile, as the editor's database has it."""
        data = (self.build / compdb.FILE_NAME).read_bytes()
        return [Compilation(entry.file, entry.output, entry.arguments[:-4])
                for entry in msgspec.json.decode(data, type=list[_Entry])]

    def driver_args(self) -> tuple[str, str]:
        """Response files with what the driver puts before and after the inputs of a link."""
        manifest = (self.build / "build.ninja").read_text()
        folder = layout.Layout().driver_args("")
        match = re.search(rf"^build ({folder}\S+)\.before", manifest, re.MULTILINE)
        if match is None:
            raise UserError(f"{self.build}: no link in the manifest")
        return f"{match.group(1)}.before", f"{match.group(1)}.after"


def edges(done: Run) -> dict[str, int]:
    """How many edges of each kind Ninja ran: `compile`, `thin`, `code`, `link` and others."""
    kinds = _EDGE.findall(done.output)
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}
