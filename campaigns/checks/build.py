"""A program as ltogen builds it, and the same sources compiled plainly beside it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.graph import Graph
from bench.places import BENCH, SOURCES, fresh
from bench.process import run
from campaigns.places import CAMPAIGNS, WORK, need_package
from ltogen.frontends.project import project_file
from ltogen.model import layout

PACKAGES = {"lua": "lua5.4", "zstd": "zstd"}  # Debian's, of each program
_FOLDERS = {"lua": CAMPAIGNS / "lua", "zstd": BENCH / "zstd"}  # with its project file


class CheckError(Exception):
    """A program that was built does something else than it should."""


@dataclass(frozen=True, slots=True)
class Built:
    """The products of one build directory, and a folder for what the checks write."""

    graph: Graph
    scratch: Path

    def product(self, name: str) -> str:
        """Path of a product."""
        return str(self.graph.build / layout.OUT / name)

    def plain(self, name: str, but: Sequence[str], libraries: Sequence[str],
              level: str = "-O0") -> str:
        """A reference without LTO: every source but those named so."""
        output = str(self.scratch / f"{name}-plain{level}")
        compilations = [entry for entry in self.graph.compilations()
                        if not entry.source.endswith(tuple(but))]
        words = [word for word in compilations[0].arguments
                 if word.startswith(("-D", "-I", "-std"))]
        run([*self.driver(), level, *words, *(entry.source for entry in compilations), *libraries,
             "-o", output], self.graph.build)
        return output

    def driver(self) -> tuple[str, ...]:
        """Something that compiles and links; zig's would add traps without optimisation."""
        toolchain = self.graph.toolchain()
        if toolchain.kind == "system":
            return toolchain.cc
        return (*toolchain.link_cc[:2], "-fno-sanitize=all")


def build(program: str, kind: str, lto: str) -> Built:
    """Configure and build one of the programs from nothing, by one mode of LTO."""
    text = project_text(program).replace('lto = "thin"', f'lto = "{lto}"')
    built = configured(text, WORK / kind / f"check-{program}-{lto}", kind)
    built.graph.ninja()
    return built


def project_text(program: str) -> str:
    """The project file of one of the programs, to be put anywhere; its sources are fetched."""
    need_package(program, PACKAGES[program])
    folder = _FOLDERS[program]
    text = (folder / project_file.FILE_NAME).read_text()
    return text.replace(os.path.relpath(SOURCES, folder), str(SOURCES))


def configured(text: str, folder: Path, kind: str) -> Built:
    """A project of that text, configured from nothing to be built in `folder`."""
    project = fresh(folder.with_name(f"{folder.name}-project"))
    (project / project_file.FILE_NAME).write_text(text)
    graph = Graph(project, folder, kind)
    graph.configure()
    return Built(graph, fresh(folder.with_name(f"{folder.name}-scratch")))


def output_of(command: Sequence[str], given: bytes = b"") -> bytes:
    """What a command prints when it is fed `given`."""
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    if done.returncode:
        raise CheckError(f"{' '.join(command)}: status {done.returncode}: "
                         f"{(done.stderr or done.stdout).decode(errors='replace').strip()}")
    return done.stdout


def same(what: str, got: bytes, wanted: bytes) -> None:
    """Raise CheckError unless both are equal."""
    if got != wanted:
        at = next((index for index, (a, b) in enumerate(zip(got, wanted, strict=False)) if a != b),
                  min(len(got), len(wanted)))
        raise CheckError(f"{what}: {len(got)} bytes, not the {len(wanted)} expected; "
                         f"the first difference is at byte {at}")
