"""The SCons builders: real `scons` in temporary projects."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.scons_project import FILES, HEAD, PROGRAM, REPOSITORY, Project
from tests.support.workspace import Workspace


@pytest.fixture
def project(scons_project: Project) -> Project:
    """The short name."""
    return scons_project


@pytest.fixture
def built(built_scons_project: Project) -> Project:
    """The short name."""
    return built_scons_project


def test_code_of_other_sources_is_inlined(built: Project) -> None:
    data = (built.root / "ltogen.out/native/program/src/main.o").read_bytes()
    assert b"scale" not in data


def test_a_comment_stops_after_one_compile(built: Project) -> None:
    built.edit("src/shift.c", "int shift", "/* more */ int shift")
    assert built.make() == ["opt src/shift.c"]


def test_a_body_reruns_who_imports_it(built: Project) -> None:
    built.edit("src/shift.c", "<<", "* 10 <<")
    assert built.make("-j4") == [
        *(f"code src/{name}.o for program" for name in ("main", "scale", "shift")),
        "link program", "opt src/shift.c", "thin link program"]
    assert built.output("program") == "420\n"


def test_a_header_is_followed(built: Project) -> None:
    built.edit("include/bits.h", "BITS 1", "BITS 2")
    assert "opt src/shift.c" in built.make()
    assert built.output("program") == "84\n"


def test_a_file_that_is_added(built: Project) -> None:
    built.write(PROGRAM.replace("'src/shift.c'", "'src/shift.c', 'src/more.c'"),
                {"src/more.c": "int more(void) { return 1; }\n"})
    assert "opt src/more.c" in built.make()
    assert built.output("program") == "42\n"
    assert built.make() == []


def test_an_edit_gives_what_a_clean_build_gives(built: Project, tmp_path_factory:
                                                pytest.TempPathFactory) -> None:
    built.edit("src/shift.c", "<<", "+ 5 <<")
    built.make()
    clean = replace(built, root=tmp_path_factory.mktemp("clean"))
    clean.write(PROGRAM)
    clean.edit("src/shift.c", "<<", "+ 5 <<")
    clean.make()
    assert (built.root / "program").read_bytes() == (clean.root / "program").read_bytes()


def test_clean_leaves_sources_alone(built: Project) -> None:
    built.make("-c")
    left = {str(path.relative_to(built.root)) for path in built.root.rglob("*") if path.is_file()}
    assert left == {"SConstruct", ".sconsign.dblite", "ltogen.out/toolchain.json", *FILES}
    built.make()
    assert built.output("program") == "42\n"


def test_a_dry_run_does_nothing(project: Project) -> None:
    project.write(PROGRAM)
    assert project.scons("-n").status == 0
    assert not (project.root / "program").exists()


def test_the_second_checkout_takes_all_from_the_cache(project: Project, tmp_path: Path) -> None:
    text = PROGRAM + f"CacheDir({str(tmp_path / 'cache')!r})\n"
    first = replace(project, root=tmp_path / "first")
    second = replace(project, root=tmp_path / "second")
    for one in (first, second):
        one.write(text)
    first.make()
    assert all(line.startswith("Retrieved ") for line in second.make())
    assert second.output("program") == "42\n"
    assert second.make() == []


@pytest.mark.parametrize("more", [
    "Decider('timestamp-newer')", "Decider('content-timestamp')", "SConsignFile('signatures')",
    "SetOption('implicit_cache', 1)"])
def test_ways_to_decide(project: Project, more: str) -> None:
    project.write(f"{more}\n{PROGRAM}")
    project.make()
    assert project.make() == []
    project.edit("src/shift.c", "<<", "* 10 <<")
    stamp = (project.root / "src/shift.c").stat().st_mtime + 5
    os.utime(project.root / "src/shift.c", (stamp, stamp))
    project.make()
    assert project.output("program") == "420\n"


LIBRARIES = HEAD + """
static = env.ThinLTOStaticLibrary('static', ['src/shift.c'])
shared = env.ThinLTOSharedLibrary('shared', ['src/scale.c'], LIBS=['static'], LIBPATH=['.'])
env.ThinLTOProgram('program', ['src/main.c'], LIBS=['shared'], LIBPATH=['.'], RPATH=['.'])
env.FatLTOProgram('fat', env.Object(['src/main.c', 'src/scale.c']), LIBS=[static, 'm'])
env.LTOProgram('combine', ['src/main.c', 'src/scale.c'], LIBS=['static'], LIBPATH=['.'],
               LTOGEN_LTO='combine')
env.LTOProgram('off', ['src/main.c', 'src/scale.c'], LIBS=['static'], LIBPATH=['.'],
               LTOGEN_LTO='off')
"""


def test_libraries_of_every_kind(project: Project) -> None:
    project.write(LIBRARIES)
    project.make()
    for name in ("program", "fat", "combine", "off"):
        assert project.output(name) == "42\n"
    assert (project.root / "libshared.so").exists()
    assert (project.root / "libstatic.a").exists()
    assert b"scale" not in (project.root / "ltogen.out/merged/fat/lto.0.o").read_bytes()
    assert project.make() == []


def test_flags_and_libraries_that_come_behind_a_program_count(project: Project) -> None:
    project.write(HEAD.replace(", CPPPATH=['include']", "") + """
env.ThinLTOProgram('program', ['src/main.c'], LIBS=['libparts'], LIBPATH=['.'])
env.ThinLTOStaticLibrary('parts', ['src/scale.c', 'src/shift.c'])
env.Append(CPPPATH=['include'], CCFLAGS=['-g'])
""")
    project.make()
    assert project.output("program") == "42\n"
    assert b".debug_info" in (project.root / "program").read_bytes()
    assert project.make() == []


def test_plain_builders_are_replaced_and_variant_folders_stay(project: Project) -> None:
    project.write(HEAD.replace("'include'", "'#include'") + """
env.LTOGenReplace()
for name, level in (('fast', '-O3'), ('small', '-Os')):
    own = env.Clone()
    own.Replace(CCFLAGS=[level], NAME=name)
    own.SConscript('SConscript', exports={'env': own}, variant_dir='build/' + name, duplicate=0)
""", {**FILES, "SConscript": """
Import('env')
env.StaticLibrary('parts', ['src/scale.c', 'src/shift.c'])
program = env.Program('program', ['src/main.c'], LIBS=['parts'], LIBPATH=['.'])
env.Alias('all', env.Install('#installed/$NAME', program))
"""})
    project.make()
    assert project.output("build/fast/program") == project.output("build/small/program") == "42\n"
    assert project.output("installed/small/program") == "42\n"
    native = project.root / "ltogen.out/native/build/small/program/build/small/src/main.o"
    assert b"scale" not in native.read_bytes()
    assert project.make() == []


def test_the_same_bytes_as_by_ninja(project: Project) -> None:
    project.write(HEAD + "env.ThinLTOProgram('program', ['src/main.c', 'src/scale.c', "
                         "'src/shift.c'])\n")
    project.make()
    workspace = Workspace(project.root, project.toolchain)
    workspace.write({"ltogen.toml": '[targets.program]\ninclude-dirs = ["include"]\n'
                                    'sources = ["src/*.c"]\n'})
    workspace.configure()
    workspace.make()
    assert (project.root / "program").read_bytes() == (project.root / "out/program").read_bytes()


def test_a_copy_of_site_scons_is_enough(project: Project) -> None:
    shutil.copytree(REPOSITORY / "site_scons", project.root / "site_scons",
                    ignore=shutil.ignore_patterns("__pycache__"))
    project.write(PROGRAM.replace("from ltogen.scons import toolpath\n", "").replace(
        ", toolpath=toolpath", ""))
    project.make()
    assert project.output("program") == "42\n"


@pytest.mark.parametrize(("change", "message"), [
    (("LTOGEN_TOOLCHAIN='{toolchain}'", "LTOGEN_TOOLCHAIN='{toolchain}', LTOGEN_LTO='tin'"),
     "LTOGEN_LTO: unknown LTO mode 'tin'; did you mean 'thin'? (known: thin, fat, combine, off)"),
    (("LTOGEN_TOOLCHAIN='{toolchain}'", "LTOGEN_TOOLCHAIN='sytem'"),
     "LTOGEN_TOOLCHAIN: 'sytem': one of system, embedded"),
    (("CCFLAGS=['-O2']", "CCFLAGS=['-O2'], CC='gcc'"),
     "src/main.c: CC is gcc, and ThinLTO needs the clang of the tool 'ltogen'"),
])
def test_what_cannot_be_is_said_in_one_line(project: Project, change: tuple[str, str],
                                            message: str) -> None:
    project.write(PROGRAM.replace(*change).replace("ThinLTOProgram", "LTOProgram"))
    done = project.scons()
    assert done.status == 2
    assert f"scons: *** {message}" in done.text
    assert "Traceback" not in done.text


def test_interactive_is_refused(built: Project) -> None:
    done = built.scons("--interactive")
    assert done.status == 2
    assert "--interactive: links by ltogen are planned once" in done.text


LIBRARY = HEAD + """
env.Append(LIBPATH=['.'], RPATH=[Literal('\\\\$$ORIGIN')])
library = env.{builder}('scale', ['src/scale.c', 'src/shift.c'], SHLIBVERSION='1.2.3')
env.ThinLTOProgram('program', ['src/main.c'], LIBS=['scale'])
env.InstallVersionedLib('install', library)
"""


@pytest.mark.parametrize("builder", ["ThinLTOSharedLibrary", "SharedLibrary"])
def test_a_library_has_the_version_and_links_that_scons_gives_it(
        project: Project, builder: str) -> None:
    text = LIBRARY.replace("{builder}", builder)
    if builder == "SharedLibrary":
        text = text.replace("env.Append", "env.LTOGenReplace()\nenv.Append", 1)
    project.write(text)
    project.make("-j4")
    for folder in (project.root, project.root / "install"):
        for link in ("libscale.so", "libscale.so.1"):
            assert (folder / link).readlink() == Path("libscale.so.1.2.3")
    assert b"libscale.so.1\0" in (project.root / "program").read_bytes()
    (project.root / "libscale.so").unlink()
    assert project.output("program") == "42\n"
    project.edit("src/shift.c", "<<", "* 10 <<")
    project.make()
    assert project.output("program") == "420\n"
    assert project.make() == []
    project.make("-c")
    assert not list(project.root.glob("libscale*"))


def test_shared_libraries_have_flags_of_their_own(project: Project) -> None:
    project.write(HEAD + """
env.Append(SHLINKFLAGS=['-Wl,-soname,libother.so'])
env.ThinLTOSharedLibrary('scale', ['src/scale.c', 'src/shift.c'])
""")
    project.make()
    assert b"libother.so\0" in (project.root / "libscale.so").read_bytes()


def test_no_clang_is_said_in_one_line(project: Project, tmp_path: Path) -> None:
    project.write(PROGRAM.replace("{toolchain}", "system"))
    done = replace(project, search_path=str(tmp_path)).scons()
    assert done.status == 2
    assert "scons: *** no clang on PATH; install clang and lld of one version" in done.text
    assert "Traceback" not in done.text


def test_what_two_links_decide_alike_is_compiled_once(project: Project) -> None:
    project.write(PROGRAM + "env.ThinLTOProgram('second', "
                            "['src/main.c', 'src/scale.c', 'src/shift.c'])\n")
    project.make()
    store = project.root / "ltogen.out/store"
    assert len(list(store.resolve().rglob("*-*"))) == 3
    assert project.output("second") == "42\n"
    project.make("-c")
    assert not store.is_symlink()


REPLACED = HEAD + """
env.LTOGenReplace()
config = Configure(env)
answers = [config.CheckFunc('printf'), config.CheckFunc('no_such_function'),
           config.CheckLib('m'), config.TryRun('int main(void) { return 0; }', '.c')[0]]
env = config.Finish()
print('answers', [int(bool(answer)) for answer in answers])
env.Program('program', ['src/main.c', 'src/scale.c', 'src/shift.c'])
"""


def test_replaced_builders_leave_configure_contexts_alone(project: Project) -> None:
    project.write(REPLACED)
    done = project.scons()
    assert done.status == 0, done.text
    assert "answers [1, 0, 1, 1]" in done.stdout
    assert "link program" in done.stdout
    assert project.output("program") == "42\n"


def test_a_shared_library_by_several_flags(project: Project) -> None:
    project.write(HEAD.replace("'-O2'", "'-O2', '-fno-common', r'-DSHIFT=\"<<\"'")
                  + "env.ThinLTOSharedLibrary('scale', ['src/scale.c', 'src/shift.c'])\n")
    assert "link libscale.so" in project.make()


def test_a_library_that_is_made_behind_its_link(project: Project) -> None:
    project.write(HEAD + """
env.ThinLTOProgram('program', 'src/main.c', LIBS=['scale', 'shift'], LIBPATH=['.'],
                   RPATH=[Literal('\\\\$$ORIGIN')])
env.ThinLTOStaticLibrary('scale', 'src/scale.c')
env.ThinLTOSharedLibrary('shift', 'src/shift.c')
""")
    project.make("-j4")
    assert project.output("program") == "42\n"
    data = (project.root / "ltogen.out/native/program/src/main.o").read_bytes()
    assert b"scale" not in data  # inlined: the archive was opened
