"""The table of projects, as projects.toml has it."""

from __future__ import annotations

import subprocess
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec

from bench.places import SOURCES
from ltogen.errors import UserError

_HERE = Path(__file__).parent


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change to one file that changes code."""

    file: str
    find: str
    replace: str
    objects: int = 1


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One project in one way of building it; projects.toml says what each field is."""

    source: str
    generator: Literal["cmake", "meson"]
    edit: Edit
    package: str = ""
    folder: str = "."
    options: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    many: bool = False

    @property
    def description(self) -> str:
        """The file whose change makes CMake or Meson run again, relative to the sources."""
        name = "CMakeLists.txt" if self.generator == "cmake" else "meson.build"
        return f"{self.folder}/{name}"


def load() -> dict[str, Project]:
    """Every project by its name."""
    data = (_HERE / "projects.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[str, Project])


def fetch(projects: Collection[Project]) -> None:
    """Bring the sources that are not there yet."""
    missing = {project.source: project.package or project.source for project in projects
               if not (SOURCES / project.source).is_dir()}
    if not missing:
        return
    words = [word for pair in missing.items() for word in pair]
    if subprocess.run([_HERE / "fetch.sh", *words], check=False).returncode:
        raise UserError("sources are missing; see bench/existing/fetch.sh")
