"""How SCons gets the tool `ltogen`, and the compilers that it sets."""

from __future__ import annotations

import shutil
import venv
from dataclasses import replace
from pathlib import Path

import pytest

from ltogen.toolchain import Request, choose
from tests.support.scons_project import FILES, HEAD, PROGRAM, REPOSITORY, Project
from tests.support.system_toolchain import needs_clang
from tests.support.workspace import run

# What a project may have had since the tool was new: it takes only its own folder from the path.
OLD_COPY = '''
import importlib, os, sys
_HERE = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir))
def _tool():
    before = sys.path
    sys.path = [path for path in before if os.path.realpath(path) != _HERE]
    sys.modules.pop("ltogen", None)
    try:
        return importlib.import_module("ltogen.scons.tool")
    finally:
        sys.path = before
_found = _tool()
generate = _found.generate
exists = _found.exists
'''
WITHOUT_IMPORT = PROGRAM.replace("from ltogen.scons import toolpath\n", "").replace(
    ", toolpath=toolpath", "")
BOTH = PROGRAM + WITHOUT_IMPORT.replace("'program'", "'second'")


@pytest.fixture
def project(scons_project: Project) -> Project:
    """The short name."""
    return scons_project


def copy_tool(project: Project) -> Path:
    """Put a copy of `site_scons/` into a project; the file of the tool."""
    shutil.copytree(REPOSITORY / "site_scons", project.root / "site_scons",
                    ignore=shutil.ignore_patterns("__pycache__"))
    return project.root / "site_scons/site_tools/ltogen/__init__.py"


@pytest.fixture(scope="session")
def wheel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as a wheel installs it: the tool is inside."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(REPOSITORY / "ltogen", folder / "ltogen",
                    ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "site_scons/site_tools", folder / "ltogen/scons/site_tools",
                    ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize("installed", ["checkout", "wheel"])
@pytest.mark.parametrize("copy", ["new", "old", "none"])
@pytest.mark.parametrize("script", [PROGRAM, WITHOUT_IMPORT, BOTH], ids=["import", "plain", "both"])
def test_every_mix_of_package_toolpath_and_copy(
        any_scons_project: Project, wheel_folder: Path, installed: str, copy: str,
        script: str) -> None:
    project = replace(any_scons_project,
                      package=wheel_folder if installed == "wheel" else REPOSITORY)
    project.write(script)
    if copy != "none":
        tool = copy_tool(project)
        if copy == "old":
            tool.write_text(OLD_COPY)
    if copy == "none" and script != PROGRAM:
        done = project.scons()
        assert done.status == 2
        assert "No tool module 'ltogen' found" in done.text
        return
    project.make("program")
    assert project.output("program") == "42\n"


def test_a_copy_without_the_package_says_how_to_install_it(
        scons_project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("python")
    venv.create(place, symlinks=True)
    import SCons  # the package lies where this one does

    scons = scons_project.scons_folder or Path(SCons.__file__).parents[1]
    python = str(place / "bin/python")
    (place / "only").mkdir()
    (place / "only/SCons").symlink_to(Path(scons) / "SCons")
    copy_tool(scons_project)
    scons_project.write("\n\n" + WITHOUT_IMPORT)
    done = run([python, "-m", "SCons", "-Q"], scons_project.root,
               {"PYTHONPATH": str(place / "only"), "PATH": scons_project.search_path})
    assert done.status == 2
    assert (f"scons: *** the tool 'ltogen' needs the package, which this Python does not have "
            f"(No module named 'ltogen'): {python} -m pip install --upgrade 'ltogen[scons]'\n"
            f'File "{scons_project.root}/SConstruct", line 4, in <module>') in done.text


def compiler_folder(project: Project) -> Path:
    """A folder with `clang`, `clang++` and a `ccache` that leaves a mark."""
    toolchain = choose(Request(kind="system"), project.root / "none.json")
    folder = project.root / "bin"
    folder.mkdir()
    (folder / "clang").symlink_to(toolchain.cc[0])
    (folder / "clang++").symlink_to(toolchain.cxx[0])
    ccache = folder / "ccache"
    ccache.write_text(f'#!/bin/sh\necho "$1" >> {project.root}/cached\nexec "$@"\n')
    ccache.chmod(0o755)
    return folder


SYSTEM = HEAD.replace("{toolchain}", "system")


@needs_clang
def test_compilers_are_strings_where_they_are_one_word(project: Project) -> None:
    compiler_folder(project)
    project.write(f"""
import os
{SYSTEM}
print('compilers', env['CC'], os.path.basename(env['CC']), 'clang' in env['CC'], type(env['AR']))
other = env.Clone()
other.PrependENVPath('PATH', {str(project.root / 'bin')!r})
other.Tool('ltogen')
print('short', other['CC'] == 'clang', other['CXX'] == 'clang++')
""")
    done = project.scons()
    assert done.status == 0, done.text
    assert "True <class 'str'>" in done.text  # (a list of words has no basename)
    assert "short True True" in done.text


@needs_clang
@pytest.mark.parametrize(("value", "cached"), [
    ("'clang'", False), ("'ccache clang'", True), ("['ccache', 'clang']", True),
    ("'{folder}/clang'", False), ("'clang -DBITS=1 -fno-semantic-interposition'", False)])
def test_other_words_for_the_same_compiler(project: Project, value: str, cached: bool) -> None:
    folder = compiler_folder(project)
    project.write(SYSTEM + f"""
env.PrependENVPath('PATH', {str(folder)!r})
env['CC'] = {value.replace('{folder}', str(folder))}
env.ThinLTOProgram('program', ['src/main.c', 'src/scale.c', 'src/shift.c'])
env['CXX'] = 'clang++'
env.ThinLTOProgram('more', ['more.cpp'])
""", {**FILES, "more.cpp": "#include <string>\n"
                           "int main() { return std::string(2, 'x').size() - 2; }\n"})
    if "BITS" in value:
        project.edit("src/shift.c", '#include "bits.h"\n', "")
    project.make()
    assert project.output("program") == "42\n"
    assert project.output("more") == ""
    assert (project.root / "cached").exists() == cached
    assert project.make() == []


@needs_clang
def test_another_compiler_is_refused_where_the_builder_is_called(project: Project) -> None:
    project.write(SYSTEM + "env['CC'] = 'no-such-clang'\n"
                           "def both():\n    return env.ThinLTOProgram('a', 'src/shift.c')\n"
                           "both()\n")
    done = project.scons()
    assert done.status == 2
    assert "src/shift.c: CC is no-such-clang, and ThinLTO needs the clang of" in done.text
    assert f'File "{project.root}/SConstruct", line 7, in both\n' in done.text
