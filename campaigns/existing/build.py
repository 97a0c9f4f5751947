"""One build folder of one project, configured by CMake or Meson and perhaps taken over."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.graph import JOBS
from bench.places import NINJA, SOURCES, fresh, generator
from bench.process import Run, run
from campaigns.existing import compilers
from campaigns.existing.projects import Project
from ltogen.base.errors import UserError
from ltogen.toolchain import Toolchain

TAKEN = "ltogen.ninja"
OUT = "ltogen.out"
_EDGE = re.compile(r"^\[\d+/\d+\] (.*)$", re.MULTILINE)
_TO_BITCODE = re.compile(r" -flto=thin .*-MD -MF \S+ -c ")
_WARNING = re.compile(r"^(?:ltogen: )?warning: (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """The folder for everything of one project: a copy of its sources, and build folders."""

    project: Project
    toolchain: Toolchain
    folder: Path
    units: str = ""  # of codegen; empty: nothing is said about them

    @property
    def source(self) -> Path:
        """The copy, which is edited."""
        return self.folder / "source"

    def copy_sources(self) -> None:
        """The sources as they were fetched: some builds write into theirs."""
        shutil.rmtree(self.source, ignore_errors=True)
        shutil.copytree(SOURCES / self.project.source, self.source, symlinks=True)
        for name, copy in self.project.copies:
            shutil.copyfile(self.source / name, self.source / copy)

    def build(self, name: str, thin: bool = False) -> Build:
        """A build folder; `thin`: with in-process ThinLTO."""
        return Build(self, self.folder / name, thin)


@dataclass(frozen=True, slots=True)
class Build:
    """The folder, and what is run in it."""

    place: Place
    folder: Path
    thin: bool

    @property
    def environment(self) -> dict[str, str]:
        """For the generator, the tests and Ninja, which may call the generator again."""
        toolchain = self.place.toolchain
        more = compilers.thin_environment(toolchain) if self.thin else {}
        return {**compilers.environment(toolchain), **more}

    def configure(self) -> Run:
        """CMake or Meson, from nothing."""
        fresh(self.folder).rmdir()
        project = self.place.project
        toolchain = self.place.toolchain
        options = [*project.options, *project.on(toolchain.kind).options,
                   *(compilers.thin_options(toolchain, project.generator) if self.thin else ())]
        source = str(self.place.source / project.folder)
        program = _program(project.generator)
        if project.generator == "cmake":
            command = [program, "-G", "Ninja", "-S", source, "-B", str(self.folder),
                       "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_MAKE_PROGRAM={NINJA}", *options]
        else:
            command = [program, "setup", "--buildtype=release", str(self.folder), source, *options]
        return run(command, self.place.folder, self.environment)

    def take_over(self, *targets: str) -> Run:
        """`ltogen configure --from`, of all products or of `targets`."""
        units = ("--codegen-units", self.place.units) if self.place.units else ()
        return run([sys.executable, "-P", "-m", "ltogen", "configure", "--from", str(self.folder),
                    *units, *targets], self.place.folder, self.environment)

    def ninja(self, manifest: str = TAKEN, *targets: str) -> Run:
        """Ninja with two jobs."""
        return run([NINJA, "-f", manifest, "-j", JOBS, *targets], self.folder, self.environment)

    def compiles(self) -> list[str]:
        """The commands that make bitcode."""
        done = run([NINJA, "-f", TAKEN, "-t", "commands"], self.folder, self.environment)
        return [line for line in done.output.splitlines() if _TO_BITCODE.search(line)]

    def products(self) -> dict[str, str]:
        """A digest of whatever the build's links and archives made, by path."""
        done = run([NINJA, "-t", "targets", "all"], self.folder)
        lines = (line.rpartition(": ") for line in done.output.splitlines())
        paths = [self.folder / path for path, _, rule in lines if "LINKER" in rule]
        found = {str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
                 for path in sorted(paths) if path.is_file()}
        if not found:
            raise UserError(f"{self.folder}: no product was built")
        return found

    def modules(self) -> int:
        """How many backends ran, over all links."""
        return sum(path.suffix == ".o" for path in (self.folder / OUT / "native").rglob("*"))

    def test(self) -> tuple[int, int, str]:
        """The project's own tests on what is built: how many passed, failed, and the output."""
        project = self.place.project
        program = _program("ctest" if project.generator == "cmake" else "meson")
        command = ([program, "--test-dir", str(self.folder), "--output-on-failure"]
                   if project.generator == "cmake"
                   else [program, "test", "--no-rebuild", "-C", str(self.folder), *project.tests])
        _, output = compilers.quiet(command, self.place.folder, self.environment)
        return *_counts(output), output


def edges(done: Run) -> Counter[str]:
    """What Ninja ran, as its edges describe themselves."""
    return Counter(_EDGE.findall(done.output))


def kinds(ran: Counter[str]) -> str:
    """`3 opt, 1 link`: edges by the first word of what they say."""
    words = Counter[str]()
    for text, count in ran.items():
        words[text.split(" ", 1)[0]] += count
    return ", ".join(f"{count} {word}" for word, count in sorted(words.items())) or "no edge"


def warnings(done: Run) -> list[str]:
    """What `ltogen configure` warned of."""
    return _WARNING.findall(done.output)


def _program(name: str) -> str:
    found = generator(name)
    if found is None:
        raise UserError(f"no {name}; campaigns/fetch.sh brings it")
    return found


def _counts(output: str) -> tuple[int, int]:
    match = re.search(r"(\d+) tests failed out of (\d+)", output)
    if match:
        failed, total = int(match[1]), int(match[2])
        return total - failed, failed
    found = {name: int(count) for name, count in
             re.findall(r"^(Ok|Fail|Unexpected Pass|Timeout):\s+(\d+)", output, re.MULTILINE)}
    return found.pop("Ok", 0), sum(found.values())
