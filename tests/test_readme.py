"""The commands of the README, run as they are written."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.system_toolchain import CC, SYSTEM, needs_clang
from tests.support.workspace import NINJA, run

README = Path(__file__).parent.parent / "README.md"
MAIN = '#include <stdio.h>\nint twice(int);\nint main(void) { printf("%d\\n", twice(21)); }\n'
TWICE = "int twice(int x) { return 2 * x; }\n"
CMAKE = """\
cmake_minimum_required(VERSION 3.16)
project(app C)
add_library(twice STATIC twice.c)
add_executable(app main.c)
target_link_libraries(app twice)
"""
MESON = """\
project('app', 'c')
twice = static_library('twice', 'twice.c')
executable('app', 'main.c', link_with: twice)
"""


def commands(section: str) -> str:
    """The commands of one section."""
    text = README.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    match = re.search(r"^```sh\n(.*?)```", text, re.M | re.S)
    assert match is not None
    return match.group(1)


@needs_clang
@pytest.mark.parametrize(("generator", "file", "text"), [
    ("CMake", "CMakeLists.txt", CMAKE), ("Meson", "meson.build", MESON)])
def test_three_lines(tmp_path: Path, generator: str, file: str, text: str) -> None:
    program = shutil.which(generator.lower(), path=_path(tmp_path))
    if program is None:
        pytest.skip(f"no {generator} here; it comes with pip install 'ltogen[dev]'")
    project = tmp_path / "project"
    project.mkdir()
    for name, content in (("main.c", MAIN), ("twice.c", TWICE), (file, text)):
        (project / name).write_text(content)
    script = commands(f"With {generator}")
    assert len(script.splitlines()) == 3
    environment = {**os.environ, "PATH": _path(tmp_path)}
    done = run(["sh", "-ec", script], project, environment)
    assert done.status == 0, done.stdout + done.stderr
    assert run([str(project / "build/app")], project).stdout == "42\n"
    assert list((project / "build/ltogen.out/native").rglob("*.o"))


MAKEFILE = """\
app: main.o twice.o
\t$(CC) $(LDFLAGS) $^ -o $@
"""


@needs_clang
@pytest.mark.parametrize(("section", "file", "text", "product"), [
    ("With make", "Makefile", MAKEFILE, "app"),
    ("With CMake's Makefiles", "CMakeLists.txt", CMAKE, "build/app")])
def test_one_flag(tmp_path: Path, section: str, file: str, text: str, product: str) -> None:
    """The link is a graph: two modules are compiled in it."""
    project = tmp_path / "project"
    project.mkdir()
    for name, content in (("main.c", MAIN), ("twice.c", TWICE), (file, text)):
        (project / name).write_text(content)
    _one_flag(tmp_path, project, section)
    assert run([str(project / product)], project).stdout == "42\n"


def test_cargo(tmp_path: Path) -> None:
    cargo, rustc = shutil.which("cargo"), shutil.which("rustc")
    if cargo is None or rustc is None or SYSTEM is None:
        pytest.skip("no cargo and clang here")
    version = re.search(r"LLVM version: (\d+)", run([rustc, "-vV"], tmp_path).stdout)
    if version is None or int(version.group(1)) != SYSTEM.major:
        pytest.skip("rustc's LLVM is of another major than clang's")
    project = tmp_path / "mixed"
    shutil.copytree(README.parent / "examples/cargo", project,
                    ignore=shutil.ignore_patterns("target"))
    _one_flag(tmp_path, project, "With cargo")
    assert run([str(project / "target/release/mixed")], project).stdout == "55\n"


def test_scons(tmp_path: Path) -> None:
    shutil.copytree(README.parent / "examples/scons", tmp_path / "examples/scons",
                    ignore=shutil.ignore_patterns("ltogen.out", ".sconsign*"))
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = run(["sh", "-ec", commands("With SCons")], tmp_path,
               {"PATH": path, "PYTHONPATH": str(README.parent)})
    assert done.status == 0, done.text
    assert done.stdout.endswith("\n4 words\n")


def _one_flag(folder: Path, project: Path, section: str) -> None:
    journal = folder / "journal"
    environment = {**os.environ, "PATH": _path(folder), "LTOGEN_LOG": str(journal),
                   "MAKEFLAGS": "", "LTOGEN_STATE_DIR": str(folder / "states")}
    done = run(["sh", "-ec", commands(section)], project, environment)
    assert done.status == 0, done.stdout + done.stderr
    assert "modules compiled" in journal.read_text()


def _path(folder: Path) -> str:
    """A PATH on which clang is called just that, as on a machine with one version of it."""
    names = folder / "bin"
    names.mkdir(exist_ok=True)
    beside = Path(CC).resolve().parent
    for name, target in (("clang", CC), ("clang++", CC.replace("clang", "clang++")),
                         ("ninja", NINJA), ("llvm-ar", str(beside / "llvm-ar")),
                         ("llvm-ranlib", str(beside / "llvm-ranlib"))):
        if not (names / name).exists():
            (names / name).symlink_to(target)
    return os.pathsep.join((str(names), str(Path(sys.executable).parent), os.environ["PATH"]))
