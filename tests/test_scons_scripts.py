"""Linker scripts in links of SCons: what they name is there in time, and bitcode is left to lld."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.linked import CUBE, SQUARE
from tests.support.scons_project import HEAD, Project
from tests.support.sources import archive, compile_with
from tests.support.workspace import NINJA, Workspace, run

_FILES = {
    "main.c": "#include <stdio.h>\nint square(int); int cube(int);\n"
              'int main(void) { printf("%d\\n", square(7) + cube(3)); return 0; }\n',
    "square.c": SQUARE, "cube.c": CUBE,
}
# Sources, further arguments, the script's name, and what it says.
PLACES = {
    "a source": ("['main.c', 'x.lds']", "", "x.lds", "INPUT(square.o cube.o)"),
    "an archive": ("['main.c', File('x.lds')]", "", "x.lds", "GROUP(libreal.a)"),
    "a library": ("['main.c']", "LIBS=['both'], LIBPATH=['.']", "libboth.so", "GROUP(libreal.a)"),
    "a node": ("['main.c']", "LIBS=[File('libboth.so')]", "libboth.so", "INPUT(square.o cube.o)"),
    "for the linker": ("['main.c']", "LINKFLAGS=['-Wl,-T,x.lds']", "x.lds",
                       "INPUT(square.o cube.o)"),
    "for the driver": ("['main.c']", "LINKFLAGS=['-Tx.lds']", "x.lds", "INPUT(square.o cube.o)"),
    "whole": ("['main.c']", "LINKFLAGS=['-Wl,--whole-archive', 'x.lds', '-Wl,--no-whole-archive']",
              "x.lds", "INPUT(libreal.a)"),
    "a library of flags": ("['main.c']", "LINKFLAGS=['-L.', '-lboth']", "libboth.so",
                           "INPUT(libreal.a)"),
    "sections": ("['main.c', 'x.lds']", "", "x.lds", "INPUT(square.o cube.o) "
                 "SECTIONS { .mine : { *(.mine) } } INSERT AFTER .text"),
}
# What there is behind a script.
OF_THE_RUN = "env.StaticLibrary('real', env.Object(['square.c', 'cube.c']))\n"
LTO_OF_THE_RUN = f"env.Append(CCFLAGS=['-flto=thin'])\n{OF_THE_RUN}"


def _write(project: Project, place: str, behind: str, *, made: bool,
           builder: str = "ThinLTOProgram") -> None:
    sources, more, name, text = PLACES[place]
    making = f"env.Command('{name}', [], 'echo \"{text}\" > $TARGET')\n" if made else ""
    project.write(f"{HEAD}{behind}{making}"
                  f"app = env.{builder}('app', {sources}{', ' if more else ''}{more})\n"
                  "env.NinjaLTO('build.ninja', app)\n",
                  {**_FILES, **({} if made else {name: text})})


def _check(project: Project, by: str, *, warned: bool) -> None:
    """Build it, edit what is behind the script, and build again, which then has no work."""
    said = _built(project, by)
    assert ("app is left to the linker" in said) is warned, said
    assert project.output("app") == "76\n"
    project.edit("square.c", "x * x", "x * x + 1")
    _built(project, by)
    assert project.output("app") == "80\n"
    assert "up to date" in _built(project, by) if by == "scons" else (
        "no work to do" in _built(project, by))


def _built(project: Project, by: str) -> str:
    if by == "ninja" and not (project.root / "build.ninja").exists():
        assert project.scons("build.ninja").status == 0
    done = project.scons("app") if by == "scons" else run([NINJA], project.root)
    assert done.status == 0, done.text
    return done.text


@pytest.mark.parametrize("by", ["scons", "ninja"])
@pytest.mark.parametrize("place", PLACES)
def test_a_script_and_bitcode_that_the_run_makes(any_scons_project: Project, place: str,
                                                 by: str) -> None:
    """Nobody said that the link depends on what the script names."""
    _write(any_scons_project, place, LTO_OF_THE_RUN, made=True)
    _check(any_scons_project, by, warned=True)


@pytest.mark.parametrize("by", ["scons", "ninja"])
@pytest.mark.parametrize("behind", [OF_THE_RUN, LTO_OF_THE_RUN], ids=["native", "bitcode"])
@pytest.mark.parametrize("place", ["a library", "for the driver"])
def test_a_script_that_is_there(any_scons_project: Project, place: str, behind: str,
                                by: str) -> None:
    _write(any_scons_project, place, behind, made=False)
    _check(any_scons_project, by, warned=behind == LTO_OF_THE_RUN)


def test_a_merge(any_scons_project: Project) -> None:
    _write(any_scons_project, "a source", OF_THE_RUN, made=True, builder="FatLTOProgram")
    _check(any_scons_project, "scons", warned=False)


@pytest.mark.parametrize("builder", ["ThinLTOProgram", "FatLTOProgram"])
@pytest.mark.parametrize("libraries", ["LIBS=['both'], LIBPATH=['.']", "LIBS=[File('libreal.a')]",
                                       "LINKFLAGS=['square.o', 'cube.o']"])
def test_bitcode_of_another_build(any_scons_project: Project, libraries: str,
                                  builder: str) -> None:
    """It has no source here, so it is none of the graph's."""
    project = any_scons_project
    project.write(f"{HEAD}env.{builder}('app', ['main.c'], {libraries})\n",
                  {**_FILES, "libboth.so": "GROUP(libreal.a)"})
    for said in (True, False):
        _prebuilt(project)
        assert ("app is left to the linker" in _built(project, "scons")) is said
        assert project.output("app") == "76\n"
    project.edit("square.c", "x * x", "x * x + 1")
    _prebuilt(project)
    _built(project, "scons")
    assert project.output("app") == "80\n"
    assert not [path for path in _files(project) if path.endswith(".thinlto.bc")
                and not path.startswith("ltogen.out/")]


def _prebuilt(project: Project) -> None:
    other = Workspace(project.root, project.toolchain)
    for name in ("square", "cube"):
        compile_with(other, f"{name}.c", f"{name}.o", "-fPIC", "-flto=thin")
    archive(other, "libreal.a", "square.o", "cube.o")


def _files(project: Project) -> list[str]:
    return [str(path.relative_to(project.root)) for path in Path(project.root).rglob("*")]


def test_a_script_of_each_run_is_followed_as_scons_follows_it(any_scons_project: Project) -> None:
    """To write the manifest again after each would never end."""
    project = any_scons_project
    project.write(HEAD + LTO_OF_THE_RUN + """
AlwaysBuild(env.Command('x.in', [], 'echo "INPUT(square.o cube.o)" > $TARGET'))
env.Command('x.lds', 'x.in', 'cp $SOURCE $TARGET')
app = env.ThinLTOProgram('app', ['main.c', 'x.lds'])
Depends(app, ['square.o', 'cube.o'])
env.NinjaLTO('build.ninja', app)
""", _FILES)
    for _ in range(2):
        assert _built(project, "ninja").count("make x.in") <= 2
        assert project.output("app") == "76\n"
