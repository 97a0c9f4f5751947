"""Public projects of several build systems, built with the wrapper as their linker."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.places import NINJA, SOURCES, generator
from bench.process import run
from campaigns.lld_suite import graphs
from campaigns.lld_suite.site import Link, Site
from campaigns.places import need_package
from ltogen.base.errors import UserError
from ltogen.toolchain import Toolchain

_TABLE = Path(__file__).with_name("projects.toml")
_PLAIN = "-O2"
_LTO = f"{_PLAIN} -flto=thin"
# Debian's patches are newer than what autotools made of the files before.
_GENERATED_IS_NEW = ("find . '(' -name aclocal.m4 -o -name configure -o -name Makefile.in "
                     "-o -name '*.h.in' -o -name '*.hin' -o -name '*.[1-8]' -o -name '*.info' ')' "
                     "-exec touch '{}' +")
_NO_MANUALS = "MAKEINFO=true"


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One project; projects.toml says what each field is."""

    generator: str
    source: str = ""
    package: str = ""
    folder: str = "."
    options: tuple[str, ...] = ()
    prepare: str = ""
    build: str = ""
    needs: tuple[str, ...] = ()
    taken: bool = False


def load() -> dict[str, Project]:
    """Every project by its name."""
    return msgspec.toml.decode(_TABLE.read_bytes(), type=dict[str, Project])


@dataclass(frozen=True, slots=True)
class Checkout:
    """A copy of a project's sources in the folder of a site, and its build there."""

    name: str
    project: Project
    toolchain: Toolchain
    site: Site

    @property
    def folder(self) -> Path:
        """The copy."""
        return self.site.folder / self.name

    def build(self) -> None:
        """Build with LTO, each link through the wrapper; raises UserError.

        What a configure step links to find out about the machine is left to lld.
        """
        self._copy()
        self._shell(self._configure(), self.environment(self.site.folder / "probe"))
        self._shell(self._build(), self.environment(self.site.tools))

    def take_over(self) -> list[Link]:
        """Configure for Ninja without LTO and take that over; its links. Raises UserError."""
        self._copy()
        tools = self.toolchain
        path = f"{Path(NINJA).parent}:{os.environ['PATH']}"
        self._shell(self._configure(), {
            "CC": tools.cc[0], "CXX": tools.cxx[0], "CFLAGS": _PLAIN, "CXXFLAGS": _PLAIN,
            "AR": tools.ar[0], "RANLIB": self._tool("llvm-ranlib"), "NINJA": NINJA,
            "PATH": path})
        return graphs.taken_over(self.folder / "b")

    def _copy(self) -> None:
        source = self.project.source or self.name
        need_package(source, self.project.package or source)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(SOURCES / source, self.folder, symlinks=True)

    def environment(self, linker: Path) -> dict[str, str]:
        """Compiler, tools and flags; `linker` is the folder of `ld.ltogen`."""
        tools = self.toolchain
        driver = "-flto=thin -fuse-ld=ltogen"
        # Old libtools drop what they do not know from a link: the linker is said with the compiler.
        with_compiler = driver if self.project.generator == "autotools" else ""
        return {
            "CC": f"{tools.cc[0]} {with_compiler}".strip(),
            "CXX": f"{tools.cxx[0]} {with_compiler}".strip(),
            "CFLAGS": _LTO, "CXXFLAGS": _LTO, "LDFLAGS": driver,
            "AR": tools.ar[0], "RANLIB": self._tool("llvm-ranlib"),
            "NM": self._tool("llvm-nm"), "NINJA": NINJA, "JOBS": str(graphs.jobs()),
            "PATH": f"{linker}:{Path(NINJA).parent}:{os.environ['PATH']}",
        }

    def _tool(self, name: str) -> str:
        return str(Path(self.toolchain.ld[0]).parent / name)

    def _configure(self) -> str:
        """The command of the generator."""
        project, options = self.project, shlex.join(self.project.options)
        folder = shlex.quote(project.folder)
        program = {"cmake": "cmake", "meson": "meson"}.get(project.generator)
        found = generator(program) if program else ""
        if found is None:
            raise UserError(f"there is no {program}; see campaigns/fetch.sh")
        command = {
            "autotools": f"cd {folder} && {_GENERATED_IS_NEW} && "
                         f"./configure --disable-dependency-tracking --disable-nls {options}",
            "cmake": f"{found} -G Ninja -S {folder} -B b -DCMAKE_BUILD_TYPE=None "
                     f'-DCMAKE_AR="$AR" -DCMAKE_RANLIB="$RANLIB" {options}',
            "meson": f"{found} setup b {folder} --buildtype=plain {options}",
            "make": "true",
        }[project.generator]
        return f"{project.prepare or 'true'} && {command}"

    def _build(self) -> str:
        """The command that builds."""
        if self.project.build:
            return self.project.build
        if self.project.generator == "autotools":
            return f"make -j$JOBS -C {shlex.quote(self.project.folder)} {_NO_MANUALS}"
        return "ninja -C b -j$JOBS"

    def _shell(self, command: str, environment: dict[str, str]) -> None:
        run(["sh", "-ec", command], self.folder, {**environment, "MAKEFLAGS": ""})

