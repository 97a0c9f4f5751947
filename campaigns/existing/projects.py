"""The table of projects, as projects.toml has it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Literal

import msgspec

from campaigns.places import need_package
from ltogen.base.errors import UserError

_HERE = Path(__file__).parent


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change to one file that changes code."""

    file: str
    find: str
    replace: str
    objects: int = 1


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is otherwise with the embedded compiler."""

    options: tuple[str, ...] = ()
    skip: str = ""
    untested: str = ""
    objects: int = 0  # that the edit compiles, if another number


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
    copies: tuple[tuple[str, str], ...] = ()
    products: tuple[str, ...] = ()
    many: bool = False
    long: bool = False
    embedded: Difference = Difference()

    @property
    def description(self) -> str:
        """The file whose change makes CMake or Meson run again, relative to the sources."""
        name = "CMakeLists.txt" if self.generator == "cmake" else "meson.build"
        return f"{self.folder}/{name}"

    def on(self, kind: str) -> Difference:
        """What is otherwise with the toolchain `kind`."""
        return self.embedded if kind == "embedded" else Difference()


def load() -> dict[str, Project]:
    """Every project by its name."""
    data = (_HERE / "projects.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[str, Project])


def need(projects: Iterable[Project]) -> None:
    """UserError if Debian's packages that the builds want are not all there."""
    wanted = sorted({package for project in projects for package in project.needs})
    query = shutil.which("dpkg-query")
    if not wanted or query is None:
        return  # another system has them under other names
    done = subprocess.run([query, "-W", "-f", "${db:Status-Status} ${Package}\\n", *wanted],
                          capture_output=True, text=True, check=False)
    there = {line.removeprefix("installed ") for line in done.stdout.splitlines()}
    missing = [package for package in wanted if package not in there]
    if missing:
        raise UserError(f"not installed: {' '.join(missing)}; apt-get install them, or name the "
                        "projects that go without")


def fetch(projects: Collection[Project]) -> None:
    """Bring the sources that are not there yet."""
    for project in projects:
        need_package(project.source, project.package or project.source)
