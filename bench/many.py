"""Ten thousand small C files in nested folders, each of which calls its neighbours."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.graph import Graph
from bench.places import NINJA, fresh
from bench.process import run
from ltogen.base import response_files
from ltogen.base.errors import UserError
from ltogen.model import layout

COUNT = 10_000
NAME = "many"
_BATCH = 500
_SOURCE = """\
int f{after}(int);
int f{far}(int);
static int twist(int x) {{ return x * {index} ^ {far}; }}
int f{index}(int x) {{ return x < {index} ? f{after}(twist(x)) : x & 1 ? f{far}(x / 2) : x; }}
"""
_MAIN = "int f1(int);\nint main(int argc, char **argv) { (void)argv; return f1(argc); }\n"


def name(index: int) -> str:
    """Path of one source in the project: 10 folders of 10 folders of 100 files."""
    return f"src/{index % 10}/{index // 10 % 10}/f{index:05}.c"


def write_sources(project: Path) -> None:
    """The files, a project file, and what CMake and Meson want in its stead."""
    paths = ["src/main.c", *(name(index) for index in range(1, COUNT))]
    for index, path in enumerate(paths):
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_source(index))
    (project / "ltogen.toml").write_text(f'[targets.{NAME}]\nsources = ["src/**/*.c"]\n')
    (project / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.20)\nproject({NAME} C)\n"
        "file(GLOB_RECURSE sources CONFIGURE_DEPENDS src/*.c)\n"
        f"add_executable({NAME} ${{sources}})\n")
    listed = "".join(f"  '{path}',\n" for path in paths)
    (project / "meson.build").write_text(
        f"project('{NAME}', 'c')\nexecutable('{NAME}',\n{listed})\n")


def _source(index: int) -> str:
    if index == 0:
        return _MAIN
    after, far = (1 + (index + step - 1) % (COUNT - 1) for step in (1, 7))
    return _SOURCE.format(index=index, after=after, far=far)


@dataclass(frozen=True, slots=True)
class Many:
    """The project and its configured build directory, with the bitcode of every module."""

    folder: Path
    kind: str

    @property
    def project(self) -> Path:
        """Folder of the sources."""
        return self.folder / "project"

    @property
    def graph(self) -> Graph:
        """The build directory."""
        return Graph(self.project, self.folder / "build", self.kind)

    def prepare(self) -> None:
        """Write, configure and compile; what an earlier run left whole is kept."""
        self.prepare_sources()
        self.graph.configure()
        done = self.folder / "bitcode-of"
        cached = self.folder / "bitcode"
        identity = "\n".join(self.graph.toolchain().fingerprint)
        if not done.exists() or done.read_text() != identity:
            _compile(self, fresh(cached))
            done.write_text(identity)
        _link_tree(cached, self.graph.build / layout.Layout().bitcode)
        self.graph.ninja(*self.graph.driver_args())

    def prepare_sources(self) -> None:
        """Write the project unless it is there."""
        if not (self.project / "meson.build").exists():
            write_sources(fresh(self.project))

    def step(self) -> str:
        """The command of the thin-link edge, as Ninja runs it; what it reads is written."""
        build = self.graph.build
        manifest = (build / "build.ninja").read_text()
        rule = re.search(rf"^rule thin\.{NAME}\n((?:  .*\n)+)", manifest, re.MULTILINE)
        if rule is None:
            raise UserError(f"{build}: no thin link in the manifest")
        words = dict(line.strip().split(" = ", 1) for line in rule.group(1).splitlines())
        response = build / words["rspfile"]
        response.parent.mkdir(parents=True, exist_ok=True)
        response.write_text(words["rspfile_content"])
        index = layout.Layout().thin_link(NAME) + "link.rsp"
        return run([NINJA, "-t", "commands", "-s", index], build).output.strip()

    def raw(self, command: str, output: str) -> list[str]:
        """lld on the same inputs, with the indexes below `output`, for the step `command`."""
        file = shlex.split(command)[-1].removeprefix("@")
        told, line = response_files.read_parted(str(self.graph.build / file))
        before, after = (next(word for word in told if word.endswith(suffix))
                         for suffix in (".before", ".after"))
        (self.graph.build / "line.rsp").write_bytes(line)
        return [
            *told[told.index("--") + 1:], f"@{before}", "@line.rsp", f"@{after}",
            f"--thinlto-index-only={output}selected", "--thinlto-emit-imports-files",
            f"--thinlto-prefix-replace={layout.Layout().bitcode};{output};{layout.Layout().native(NAME)}",
        ]

    def folders(self) -> Iterator[str]:
        """Folders of the modules, below any output folder."""
        for first in range(10):
            yield from (f"{NAME}/src/{first}/{second}/" for second in range(10))


def _compile(many: Many, output: Path) -> None:
    """Bitcode of every source, many in one process: one process each would take minutes."""
    compilations = many.graph.compilations()
    build = many.graph.build
    frontend = _frontend(compilations[0].arguments, compilations[0].source, build)
    batches = [compilations[at:at + _BATCH] for at in range(0, len(compilations), _BATCH)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(
            lambda batch: run([*frontend, *(entry.source for entry in batch)], build), batches))
    for entry in compilations:
        target = output / entry.output.removeprefix(layout.Layout().bitcode)
        target.parent.mkdir(parents=True, exist_ok=True)
        (build / entry.source).with_suffix(".bc").rename(target)


def _frontend(arguments: tuple[str, ...], source: str, build: Path) -> list[str]:
    """The compiler proper, which takes many files and writes `X.bc` beside each `X.c`."""
    command = [*arguments, "-c", source, "-o", "out.o", "-###"]
    done = subprocess.run(command, cwd=build, capture_output=True, text=True, check=True)
    words = shlex.split(done.stderr.splitlines()[-1])
    for flag in ("-main-file-name", "-o"):
        at = words.index(flag)
        del words[at:at + 2]
    words.remove(source)
    return words


def _link_tree(source: Path, target: Path) -> None:
    """The same files in another place."""
    for file in source.rglob("*.o"):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.hardlink_to(file)
