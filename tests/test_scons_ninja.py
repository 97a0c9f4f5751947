"""`env.NinjaLTO`: a SCons project built by Ninja."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.scons_project import HEAD, PROGRAM, Project
from tests.support.workspace import NINJA, Run, run

PRODUCTS = ("program", "fat", "libshared.so.2.1", "build/varied", "build0/varied", "plain",
            "install/bin/program")
ALL = HEAD + r"""
env.Append(CPPPATH=['made'], LIBPATH=['.'], RPATH=[Literal('\\$$ORIGIN')],
           CCFLAGS=[r'-DNAME=\"a\ b\"'])
env.Command('made/bits.h', 'bits.in', 'sed s/@/4/ $SOURCE > $TARGET')

def write(target, source, env):
    with open(str(target[0]), 'w') as file:
        file.write('int python(void) { return %s; }\n' % open(str(source[0])).read().strip())

env.Command('made/python.c', 'python.in', write)
static = env.ThinLTOStaticLibrary('parts', Glob('parts/*.c'))
shared = env.ThinLTOSharedLibrary('shared', ['shared.c'], SHLIBVERSION='2.1')
sources = Glob('src/*.c') + ['made/python.c', 'odd dir/a b$$.c']
program = env.ThinLTOProgram('program', sources, LIBS=[static, 'shared'])
env.FatLTOProgram('fat', sources, LIBS=[static, 'shared'])
native = env.Clone()
native.Program('plain', 'plain.c')
env.InstallVersionedLib('install/lib', shared)
env.Install('install/bin', program)
env.Alias('put', 'install')
SConscript('varied/SConscript', variant_dir='build', exports='env')
SConscript('varied/SConscript', variant_dir='build0', duplicate=0, exports='env')
env.NinjaLTO()
"""
FILES = {
    "bits.in": "#define BITS @2\n",
    "python.in": "7\n",
    "parts/part.c": "int part(void) { return 1; }\n",
    "shared.c": "int shared(void) { return 2; }\n",
    "odd dir/a b$.c": "int odd(void) { return 3; }\n",
    "plain.c": "int main(void) { return 0; }\n",
    "src/main.c": '#include "bits.h"\n#include <stdio.h>\n'
                  "int part(void), shared(void), odd(void), python(void);\n"
                  'int main(void) { printf("%d %d %d %d %d %s\\n", BITS, part(), shared(), odd(),\n'
                  "                        python(), NAME); return 0; }\n",
    "varied/SConscript": "Import('env')\nenv.ThinLTOProgram('varied', ['varied.c'])\n",
    "varied/varied.c": '#include "varied.h"\n#include <stdio.h>\n'
                       'int main(void) { printf("%d\\n", VARIED); return 0; }\n',
    "varied/varied.h": "#define VARIED 5\n",
}


def ninja(project: Project, *words: str) -> list[str]:
    """Run Ninja, which must succeed; what it did, sorted."""
    done = _ninja(project, *words)
    assert done.status == 0, done.text
    return sorted(line.split("] ", 1)[1] for line in done.stdout.splitlines()
                  if line.startswith("["))


def _ninja(project: Project, *words: str) -> Run:
    return run([NINJA, *words], project.root, {
        "PYTHONPATH": project.python_path, "NINJA_STATUS": "[%f] "})


def built(project: Project) -> Project:
    """A project with something of everything, built by Ninja."""
    project.write(ALL, FILES)
    assert project.make("build.ninja") == ["ninja build.ninja"]
    ninja(project)
    assert project.output("program") == "42 1 2 3 7 a b\n"
    assert ninja(project) == []
    return project


@pytest.fixture
def project(any_scons_project: Project) -> Project:
    """One such, where toolchain and SCons make no difference."""
    return built(any_scons_project)


def test_products_are_those_of_scons(scons_project: Project,
                                     tmp_path_factory: pytest.TempPathFactory) -> None:
    project = built(scons_project)
    other = replace(project, root=tmp_path_factory.mktemp("other"))
    other.write(ALL, FILES)
    other.make("-j4")
    for product in PRODUCTS:
        assert (project.root / product).read_bytes() == (other.root / product).read_bytes(), product
    for link in ("libshared.so", "install/lib/libshared.so.2"):
        assert (project.root / link).readlink() == Path("libshared.so.2.1")


@pytest.mark.parametrize(("name", "old", "new", "output", "jobs"), [
    ("python.in", "7", "8", "42 1 2 3 8 a b\n", {"scons made/python.c", "compile made/python.c"}),
    ("bits.in", "@2", "@3", "43 1 2 3 7 a b\n", {"make made/bits.h", "compile src/main.c"}),
    ("parts/part.c", "1", "6", "42 6 2 3 7 a b\n",
     {"compile parts/part.c", "make install/bin/program"}),
    ("shared.c", "2", "9", "42 1 9 3 7 a b\n", {"link libshared.so.2.1"}),
])
def test_edits_reach_the_program(project: Project, name: str, old: str, new: str, output: str,
                                 jobs: set[str]) -> None:
    project.edit(name, old, new)
    assert jobs <= set(ninja(project))
    for product in ("program", "fat"):
        assert project.output(product) == output
    installed = project.root / "install/bin/program"
    assert installed.read_bytes() == (project.root / "program").read_bytes()
    assert ninja(project) == []


def test_a_comment_is_cut_off(project: Project) -> None:
    project.edit("parts/part.c", "int part", "/* more */ int part")
    assert set(ninja(project)) == {"compile parts/part.c"}


def test_headers_of_variant_folders(project: Project) -> None:
    project.edit("varied/varied.h", "5", "6")
    assert "copy build/varied.h" in ninja(project)
    assert project.output("build/varied") == project.output("build0/varied") == "6\n"
    assert (project.root / "varied/varied.c").is_file()


@pytest.mark.parametrize("script", ["SConstruct", "varied/SConscript"])
def test_an_edited_script_writes_the_manifest_again(project: Project, script: str) -> None:
    path = project.root / script
    path.write_text(path.read_text().replace("ThinLTOProgram", "FatLTOProgram"))
    assert any(line.startswith("merge and optimize ") for line in ninja(project))
    assert ninja(project) == []


def test_a_file_that_glob_finds(project: Project) -> None:
    (project.root / "parts/more.c").write_text("int more(void) { return 1; }\n")
    project.edit("src/main.c", "part(),", "part() + more(),")
    project.edit("src/main.c", "int part", "int more(void), part")
    ninja(project)
    assert project.output("program") == "42 2 2 3 7 a b\n"


def test_one_target(any_scons_project: Project) -> None:
    any_scons_project.write(PROGRAM.replace("env.Thin", "program = env.Thin")
                        + "env.Program('other', 'none.c')\nenv.NinjaLTO('some.ninja', program)\n")
    any_scons_project.make("some.ninja", "LEVEL=3")
    assert ninja(any_scons_project, "-f", "some.ninja")[-1].startswith("thin link ")
    assert any_scons_project.output("program") == "42\n"
    assert "LEVEL=3 some.ninja" in (any_scons_project.root / "some.ninja").read_text()


def test_one_target_whose_library_has_a_version(any_scons_project: Project) -> None:
    any_scons_project.write(HEAD + """
env.ThinLTOSharedLibrary('scale', ['src/scale.c', 'src/shift.c'], SHLIBVERSION='2.1')
program = env.ThinLTOProgram('program', 'src/main.c', LIBS=['scale'], LIBPATH='.',
                             RPATH=[Literal(r'\\$$ORIGIN')])
env.NinjaLTO('build.ninja', program)
""")
    any_scons_project.make("build.ninja")
    ninja(any_scons_project)
    assert any_scons_project.output("program") == "42\n"


def test_python_code_on_a_product_is_refused(any_scons_project: Project) -> None:
    any_scons_project.write(PROGRAM.replace("env.Thin", "program = env.Thin") + """
env.Command('digest', program, lambda target, source, env: None)
env.NinjaLTO()
""")
    done = any_scons_project.scons("build.ninja")
    assert done.status == 2
    assert "NinjaLTO: digest is made by Python code out of program" in done.text
    assert "Traceback" not in done.text


def test_scons_itself_is_up_to_date(project: Project) -> None:
    project.make()
    assert "is up to date" in project.scons().stdout
