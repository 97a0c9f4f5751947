"""Pass plugins over the merged module of a fat link, and messages about those that cannot be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ltogen.toolchain import Request, choose
from tests.support.scons_project import HEAD, Project
from tests.support.system_toolchain import SYSTEM
from tests.support.workspace import Workspace, run

PLUGINS = Path(__file__).parent / "plugins"
FILES = {
    "main.c": "#include <stdio.h>\nint functions_seen(void);\n"
              'int main(void) { printf("%d\\n", functions_seen()); return 0; }\n',
    "seen.c": "__attribute__((noinline)) int functions_seen(void) { return 0; }\n",
    "more.c": "__attribute__((used)) int one(void) { return 1; }\n"
              "__attribute__((used)) int two(void) { return 2; }\n",
}


def _project(passes: str, lto: str = "fat") -> str:
    return f'[targets.program]\nlto = "{lto}"\npasses = [{passes}]\nsources = ["*.c"]\n'


def _headers(major: int) -> Path | None:
    for folder in (Path(f"/usr/include/llvm-{major}"), Path(f"/usr/lib/llvm-{major}/include")):
        if (folder / "llvm/Passes/PassBuilder.h").exists():
            return folder
    return None


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugin in three shapes: as it is, hooked, and for another LLVM."""
    if SYSTEM is None:
        pytest.skip("no system toolchain: the embedded one loads no plugins")
    toolchain = choose(Request(kind="system"), Path("/nonexistent"))
    headers = _headers(toolchain.major)
    if headers is None:
        pytest.skip(f"no headers of LLVM {toolchain.major}; install llvm-{toolchain.major}-dev")
    folder = tmp_path_factory.mktemp("plugins")
    words = ["-std=c++17", "-fno-rtti", "-fno-exceptions", "-fPIC", f"-I{headers}",
             f"-I/usr/include/llvm-c-{toolchain.major}", "-c", str(PLUGINS / "census.cpp")]
    made = run([*toolchain.cxx, *words, "-o", str(folder / "census.o")], folder)
    assert made.status == 0, made.text
    for name, word in (("census", "-g0"), ("hooked", "-DHOOKED=1"), ("other", "-DNEWER=97")):
        done = run([*toolchain.cxx, "-fPIC", "-shared", word, "-xc", str(PLUGINS / "variant.c"),
                    "-xnone", "census.o", "-o", f"{name}.so"], folder)
        assert done.status == 0, done.text
    return folder


@pytest.fixture
def project(tmp_path: Path, plugins: Path) -> Workspace:
    """A project with the plugins beside its sources."""
    root = tmp_path / "project"
    shutil.copytree(plugins, root)
    workspace = Workspace(root, "system")
    workspace.write(FILES)
    return workspace


@pytest.mark.parametrize("passes", [
    '"census.so:census"', '"hooked.so"', '"census.so:census,lto<O2>"'])
def test_a_pass_sees_the_whole_program(project: Workspace, passes: str) -> None:
    project.write({"ltogen.toml": _project(passes)})
    project.configure()
    project.make()
    assert project.output("program") == "4\n"
    assert project.no_work()


def test_the_optimisation_of_a_merge_comes_after_the_pass(project: Workspace) -> None:
    project.write({"ltogen.toml": _project('"census.so:census"'), "seen.c": FILES["seen.c"].replace(
        "__attribute__((noinline)) ", "")})
    project.configure()
    project.make()
    assert project.output("program") == "4\n"
    assert b"functions_seen" not in (project.root / "out/merged/program/lto.0.o").read_bytes()


def test_another_plugin_merges_again(project: Workspace) -> None:
    project.write({"ltogen.toml": _project('"census.so:census"')})
    project.configure()
    project.make()
    shutil.copy(project.root / "hooked.so", project.root / "census.so")
    assert "merge and optimize out/program" in project.make().edges


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("ltogen:", "ld.lld:", "LLVM"))]


def test_a_plugin_for_another_llvm(project: Workspace) -> None:
    project.write({"ltogen.toml": _project('"other.so"')})
    project.configure()
    done = project.try_build()
    assert done.status != 0
    assert _lines(done.text) == [
        "ltogen: out/merged/program/: Wrong API version on plugin './other.so'. Got version 99, "
        "supported version is 2; build the plugin for the LLVM that links"]


def test_an_unknown_pipeline(project: Workspace) -> None:
    project.write({"ltogen.toml": _project('"census.so:cenus"')})
    project.configure()
    done = project.try_build()
    assert done.status != 0
    assert _lines(done.text) == [
        "ltogen: out/merged/program/: unable to parse pass pipeline description "
        "'cenus,lto<O2>': unknown pass name 'cenus'; see `passes` in the project file"]
    assert "Stack dump" not in done.text


def test_a_plugin_that_is_not_there(any_workspace: Workspace) -> None:
    any_workspace.write({"ltogen.toml": _project('"nosuch.so"'), **FILES})
    done = any_workspace.try_configure()
    assert done.status == 1
    assert done.stderr == ("ltogen: ltogen.toml: [targets.program] passes: nosuch.so: no such "
                           "plugin in .; build it first, or give its whole path\n")


@pytest.mark.parametrize("lto", ["thin", "combine", "off"])
def test_passes_need_a_fat_link(any_workspace: Workspace, lto: str) -> None:
    any_workspace.write({"ltogen.toml": _project('"census.so"', lto), "census.so": "", **FILES})
    done = any_workspace.try_configure()
    assert done.status == 1
    assert done.stderr == ("ltogen: ltogen.toml: [targets.program] passes: a pass over the whole "
                           f'program needs lto = "fat"; this target has lto = "{lto}"\n')


def test_the_embedded_linker_loads_no_plugins(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "embedded")
    workspace.write({"ltogen.toml": _project('"census.so"'), "census.so": "", **FILES})
    done = workspace.try_configure()
    assert done.status == 1
    assert done.stderr == (
        "ltogen: [targets.program] passes: the embedded lld is a static program and loads no "
        "plugin; use the system toolchain\n")


def test_scons_makes_the_plugin_it_links_with(project: Workspace) -> None:
    scons = Project(project.root, "system")
    scons.write(HEAD + """
made = env.SharedLibrary('made', ['plugin/variant.c', 'census.o'], SHLIBPREFIX='', LINK='$CXX',
                         STATIC_AND_SHARED_OBJECTS_ARE_THE_SAME=1)
env.FatLTOProgram('program', Glob('*.c'), LTOGEN_PASSES=[f'#{made[0]}:census'])
env.FatLTOProgram('other', Glob('*.c'), LTOGEN_PASSES='hooked.so')
""", {"plugin/variant.c": (PLUGINS / "variant.c").read_text()})
    scons.make()
    assert (scons.output("program"), scons.output("other")) == ("4\n", "4\n")
    assert scons.make() == []


def test_scons_has_no_pass_for_a_thin_link(project: Workspace) -> None:
    scons = Project(project.root, "system")
    scons.write(HEAD + "env.ThinLTOProgram('p', Glob('*.c'), LTOGEN_PASSES='hooked.so')\n", {})
    done = scons.scons()
    assert done.status == 2
    assert "p: LTOGEN_PASSES: a pass over the whole program needs FatLTOProgram" in done.text
