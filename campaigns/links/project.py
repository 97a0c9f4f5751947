"""One project: how it is built, and a copy of it for each linker."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.places import SOURCES
from bench.process import Run, run
from campaigns.places import ROOT
from ltogen.toolchain import Toolchain

_HERE = Path(__file__).parent


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change to one file that changes code."""

    file: str
    find: str
    replace: str


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One project; projects.toml says what each field is."""

    build: str
    test: str
    counts: str
    products: tuple[str, ...]
    edit: Edit
    source: str = ""
    package: str = ""
    own: str = ""
    prepare: str = ""
    needs: tuple[str, ...] = ()


def load() -> dict[str, Project]:
    """Every project by its name."""
    data = (_HERE / "projects.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[str, Project])


@dataclass(frozen=True, slots=True)
class Copy:
    """The project's sources and build for one linker, `ltogen` or `lld`."""

    project: Project
    toolchain: Toolchain
    linker: str
    folder: Path

    @property
    def journal(self) -> Path:
        """What `LTOGEN_LOG` collects."""
        return self.folder.with_name(f"{self.folder.name}.log")

    @property
    def _states(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.states")

    def environment(self) -> dict[str, str]:
        """Compiler, tools and flags, as a person would export them."""
        tools = self.toolchain
        folder = Path(tools.ld[0]).parent
        lto = "-flto=thin"
        rust = f"-Clinker-plugin-lto -Clinker={tools.cc[0]} -Clink-arg=-fuse-ld={self.linker}"
        return {
            "CC": tools.cc[0], "CFLAGS": f"-O2 {lto}", "RUSTFLAGS": rust,
            "LDFLAGS": f"{lto} -fuse-ld={self.linker}", "AR": tools.ar[0],
            "RANLIB": str(folder / "llvm-ranlib"), "NM": str(folder / "llvm-nm"),
            "LTOGEN_LOG": str(self.journal), "LTOGEN_STATE_DIR": str(self._states),
            "MAKEFLAGS": "",
        }

    def copy(self) -> None:
        """The sources as they were fetched."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self._states, ignore_errors=True)
        source = ROOT / self.project.own if self.project.own else (
            SOURCES / self.project.source)
        shutil.copytree(source, self.folder, symlinks=True,
                        ignore=shutil.ignore_patterns("target"))
        if self.project.prepare:
            self.shell(self.project.prepare)

    def shell(self, command: str) -> Run:
        """Run one of the project's commands."""
        return run(["sh", "-ec", command], self.folder, self.environment())

    def build(self) -> Run:
        """Build; the journal is of this build alone."""
        self.journal.unlink(missing_ok=True)
        return self.shell(self.project.build)

    def passed(self) -> int:
        """How many of the project's tests passed."""
        return len(re.findall(self.project.counts, self.shell(self.project.test).output, re.M))

    def links(self) -> list[str]:
        """What became of each link, but for configure's questions."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return [line for line in lines if "left to lld" not in line]

    def products(self) -> dict[str, bytes]:
        """The bytes of each product."""
        return {name: (self.folder / name).read_bytes() for name in self.project.products}

    def forget(self) -> None:
        """Delete every state of `ld.ltogen`, and make the build link what the edit is in again."""
        shutil.rmtree(self._states, ignore_errors=True)
        (self.folder / self.project.edit.file).touch()
