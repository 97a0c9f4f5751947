"""Codegen units and pass plugins, by SCons."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.plain import printed, units_with_code
from tests.support.scons_project import HEAD, Project
from tests.support.workspace import NINJA, run

PROGRAMS = Path(__file__).parent / "cut_programs"
FILES = {"features.c": (PROGRAMS / "features.c").read_text(),
         "other.cpp": (PROGRAMS / "features.cpp").read_text()}
CUT = HEAD + """
env['LTOGEN_CODEGEN_UNITS'] = {units}
env.ThinLTOProgram('c', 'features.c')
env.ThinLTOProgram('cpp', ['other.cpp'])
env.NinjaLTO()
"""


def expected(project: Project, source: str) -> str:
    """What a program prints that was compiled plainly."""
    return printed(project.root, project.toolchain, project.root / source, "-O1")


def units(project: Project) -> int:
    """How many modules have code of their own."""
    return len(units_with_code(project.root / "ltogen.out"))


def test_a_cut_program_does_what_the_whole_one_does(scons_project: Project) -> None:
    scons_project.write(CUT.replace("{units}", "6"), FILES)
    scons_project.make("c", "cpp", "-j2")
    assert scons_project.output("c") == expected(scons_project, "features.c")
    assert scons_project.output("cpp") == expected(scons_project, "other.cpp")
    assert units(scons_project) > 6
    assert scons_project.make("c", "cpp") == []


def test_an_edit_of_one_function(any_scons_project: Project) -> None:
    project = any_scons_project
    project.write(CUT.replace("{units}", "8"), FILES)
    project.make("c")
    project.edit("features.c", "value -= 2;", "value -= 3;")
    ran = project.make("c")
    assert sum(line.startswith("optimize ltogen") for line in ran) == 1
    assert project.output("c") == expected(project, "features.c")
    data = (project.root / "c").read_bytes()
    project.make("-c", "c")
    assert not list((project.root / "ltogen.out").rglob("*.unit*.o"))
    project.make("c")
    assert (project.root / "c").read_bytes() == data


def test_ninja_cuts_it_too(any_scons_project: Project) -> None:
    project = any_scons_project
    project.write(CUT.replace("{units}", "4"), FILES)
    project.make("build.ninja")
    environment = {"PYTHONPATH": project.python_path}
    assert run([NINJA], project.root, environment).status == 0
    assert project.output("c") == expected(project, "features.c")
    assert units(project) > 4
    assert "no work" in run([NINJA], project.root, environment).text


def test_auto_leaves_the_small_whole(any_scons_project: Project) -> None:
    any_scons_project.write(CUT.replace("{units}", "'auto'"), FILES)
    any_scons_project.make("c")
    assert not (any_scons_project.root / "ltogen.out/units").exists()


@pytest.mark.parametrize("value", ["0", "-1", "257", "'many'"])
def test_a_number_that_is_none(any_scons_project: Project, value: str) -> None:
    any_scons_project.write(CUT.replace("{units}", value), FILES)
    done = any_scons_project.scons()
    assert done.status == 2
    assert "LTOGEN_CODEGEN_UNITS: '" in done.text
    assert "a number from 1 to 256, or 'auto'" in done.text
