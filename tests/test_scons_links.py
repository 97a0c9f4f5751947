"""What links by SCons take, and what makes them run again: as SCons's own builders would."""

from __future__ import annotations

import subprocess

import pytest

from ltogen.toolchain import Request, choose
from tests.support.scons_project import HEAD, Project
from tests.support.workspace import NINJA, run

MAIN = '#include <stdio.h>\nint f(void);\nint main(void) { printf("%d\\n", f()); return 0; }\n'
FILES = {"main.c": MAIN, "f.c": "#ifndef V\n#define V 0\n#endif\nint f(void) { return V; }\n"}


def archive(project: Project, path: str, value: int) -> None:
    """A prebuilt library whose `f` gives a value."""
    toolchain = choose(Request(kind=project.toolchain), project.root / "none.json")
    target = project.root / path
    target.parent.mkdir(exist_ok=True)
    target.unlink(missing_ok=True)
    source = project.root / "prebuilt.c"
    source.write_text(f"int f(void) {{ return {value}; }}\n")
    subprocess.run([*toolchain.cc, "-c", str(source), "-o", f"{target}.o"], check=True)
    subprocess.run([*toolchain.ar, "rc", str(target), f"{target}.o"], check=True)


@pytest.fixture
def project(any_scons_project: Project) -> Project:
    """The short name."""
    return any_scons_project


@pytest.mark.parametrize("library", [
    "LIBS=['pre'], LIBPATH=['l1', 'l2']", "LIBS=['libpre.a'], LIBPATH='l1:l2'",
    "LIBS=File('l2/libpre.a')", "LINKFLAGS=['l2/libpre.a']", "LIBS=['$XL'], LIBPATH=['$XP']",
])
def test_another_prebuilt_library_links_again(project: Project, library: str) -> None:
    project.write(HEAD + "env.Replace(XL=['pre', 'm'], XP=['l1', 'l2'])\n"
                         f"env.ThinLTOProgram('a', ['main.c'], {library})\n", FILES)
    archive(project, "l2/libpre.a", 1)
    project.make()
    assert project.output("a") == "1\n"
    archive(project, "l2/libpre.a", 2)
    project.make()
    assert project.output("a") == "2\n"
    assert project.make() == []
    if "l1" in library:
        archive(project, "l1/libpre.a", 3)
        project.make()
        assert project.output("a") == "3\n"


def test_objects_of_other_flags_by_a_prefix(project: Project) -> None:
    project.write(HEAD + """
env.Append(OBJPREFIX='one-')
other = env.Clone(OBJPREFIX='two-', CPPDEFINES={'V': 2})
env.ThinLTOProgram('a', ['main.c', 'f.c'], CPPDEFINES={'V': 1})
other.ThinLTOProgram('b', ['main.c', 'f.c'])
""", FILES)
    project.write((project.root / "SConstruct").read_text().replace(
        "env.ThinLTOProgram('a', ['main.c', 'f.c'], CPPDEFINES={'V': 1})",
        "env.Append(CPPDEFINES={'V': 1})\nenv.ThinLTOProgram('a', ['main.c', 'f.c'])"), FILES)
    project.make()
    assert (project.output("a"), project.output("b")) == ("1\n", "2\n")


@pytest.mark.parametrize(("script", "message"), [
    ("env.ThinLTOProgram('a', ['main.c', 'f.c'], CPPDEFINES={'V': 1})\n"
     "env.ThinLTOProgram('b', ['main.c', 'f.c'], CPPDEFINES={'V': 2})\n",
     "Two environments with different actions were specified for the same target: main.o"),
    ("env.ThinLTOProgram('a', ['main.c', 'f.c'])\nenv.ThinLTOProgram('a', ['f.c'])\n",
     "Multiple ways to build the same target were specified for: a"),
    ("env.ThinLTOProgram(['a', 'a.map'], ['main.c'])\n", "a: a link has one target, and a.map is"),
    ("env.ThinLTOProgram('a', [])\n", "no sources; name one at least"),
    ("env.ThinLTOProgram('a', ['main.c'], LTOGEN_OUT='.')\n", "LTOGEN_OUT: '.' has more in it"),
])
def test_what_cannot_be_made(project: Project, script: str, message: str) -> None:
    project.write(HEAD + script, FILES)
    done = project.scons()
    assert done.status == 2
    assert f"scons: *** {message}" in done.text.replace("['a']: ", "").replace("a: no", "no")


@pytest.mark.parametrize(("made", "value", "bitcode"), [
    ("env.Command('f.o', 'f.c', '$CC -c -DV=7 -o $TARGET $SOURCE')", 7, False),
    ("env.Object('f', 'f.c', CCCOM='$CC -DV=8 -c -o $TARGET $SOURCES')", 8, False),
    ("env.Object('f', 'f.c', CPPDEFINES={'V': 9})", 9, True),
    ("env.StaticObject('f.c', CPPDEFINES={'V': 4})", 4, True),
    ("env.Object('f', 'f.c', CCFLAGS=['-O1', '-fno-lto', '-DV=6'])", 6, False),
    ("env.StaticLibrary('f', 'f.c', CPPDEFINES={'V': 5})", 5, True),
])
def test_objects_are_what_makes_them(project: Project, made: str, value: int,
                                     bitcode: bool) -> None:
    project.write(HEAD + f"env.ThinLTOProgram('a', ['main.c', {made}])\n", FILES)
    project.make()
    assert project.output("a") == f"{value}\n"
    assert (project.root / "ltogen.out/bitcode/f.o").exists() == bitcode


def test_what_is_said_of_an_object_counts_for_its_bitcode(project: Project) -> None:
    project.write(HEAD + """
made = env.Object('f.c', CCFLAGS=['-O2', '-include', 'made.inc'])
env.Depends(made, 'made.inc')
env.ThinLTOProgram('a', ['main.c', made])
""", {**FILES, "made.inc": "#define V 3\n"})
    project.make()
    assert project.output("a") == "3\n"
    project.edit("made.inc", "3", "4")
    project.make()
    assert project.output("a") == "4\n"


SCRIPT = HEAD + """
script = env.Command('x.map', 'x.in', 'cp $SOURCE $TARGET')
library = env.ThinLTOSharedLibrary('x', ['f.c'], LINKFLAGS=['-Wl,--version-script=x.map'])
env.Depends(library, script)
env.AddPostAction(library, 'echo behind > behind.txt')
"""


def test_what_is_said_of_a_product_counts_for_all_of_its_link(project: Project) -> None:
    files = {"f.c": "int f(void) { return 1; }\nint g(void) { return 2; }\n",
             "x.in": "{ global: f; local: *; };\n"}
    project.write(SCRIPT, files)
    project.make("-j2")
    assert (project.root / "behind.txt").read_text() == "behind\n"
    data = (project.root / "libx.so").read_bytes()
    assert b"\0g\0" not in data
    project.edit("x.in", "f;", "f; g;")
    project.make()
    assert b"\0g\0" in (project.root / "libx.so").read_bytes()
    assert project.make() == []


def test_flags_around_libraries_stay_around_them(project: Project) -> None:
    project.write(HEAD + """
env.StaticLibrary('once', ['once.c'])
env.ThinLTOProgram('a', ['main.c', 'f.c'],
                   LINKFLAGS='-Wl,--whole-archive libonce.a -Wl,--no-whole-archive')
env.Depends('a', 'libonce.a')
""", {**FILES, "once.c": "#include <stdio.h>\n__attribute__((constructor)) static void once(void) "
                         '{ puts("once"); }\n'})
    project.make()
    assert project.output("a") == "once\n0\n"


def test_libraries_keep_their_order(project: Project) -> None:
    project.write(HEAD + """
made = env.ThinLTOStaticLibrary('made', ['f.c'])
env.ThinLTOProgram('a', ['main.c'], LIBS=['pre', made], LIBPATH=['l'])
env.ThinLTOProgram('b', ['main.c'], LIBS=[made, 'pre'], LIBPATH=['l'])
""", FILES)
    archive(project, "l/libpre.a", 4)
    project.make()
    assert (project.output("a"), project.output("b")) == ("4\n", "0\n")


@pytest.mark.parametrize("name", ["my lib", "it's", "größe", "a$$b"])
def test_names_of_archives(project: Project, name: str) -> None:
    project.write(HEAD + f"""
made = env.ThinLTOStaticLibrary({name!r}, ['f.c'])
env.ThinLTOProgram('a', ['main.c'], LIBS=[made])
""", FILES)
    project.make()
    assert project.output("a") == "0\n"
    path = project.root / f"lib{name.replace('$$', '$')}.a"
    assert path.is_file()
    assert not [one for one in project.root.iterdir() if one.name.endswith(".rsp")]


NINJA_CASES = HEAD + """
SConscript('sub/SConscript', exports='env')
def text(target, source, env):
    with open(str(target[0]), 'w') as file:
        file.write('int f(void) { return 5; }\\n')
env.Command('g.c', [], text)
env.Command('sub/out', 'sub/in', 'cat in > out', chdir='sub')
env.Command('kept', 'f.c', ['-false', 'cp $SOURCE $TARGET'])
env.Command('none.c', [], 'echo > $TARGET')
env.Command('valued', Value('words'), text)
env.SideEffect('log', env.Command('logged', 'f.c', 'cp $SOURCE $TARGET; echo >> log'))
program = env.ThinLTOProgram('a', ['main.c', 'g.c'])
env.Alias('all', program)
env.Alias('test', program, './a > printed')
env.NinjaLTO('build.ninja', *Split('{targets}'))
"""


@pytest.mark.parametrize("targets", ["", "all test sub/out kept none.c valued logged sub/b"])
def test_ninja_has_what_scons_would_do(project: Project, targets: str) -> None:
    project.write(NINJA_CASES.replace("{targets}", targets), {
        **FILES, "sub/in": "in\n", "sub/b.c": "int main(void) { return 0; }\n",
        "sub/SConscript": "Import('env')\nenv.ThinLTOProgram('b', ['b.c'])\n"})
    project.make("build.ninja")
    environment = {"PYTHONPATH": project.python_path}
    done = run([NINJA], project.root, environment)
    assert done.status == 0, done.text
    for path in ("a", "sub/b", "sub/out", "kept", "none.c", "valued", "logged"):
        assert (project.root / path).is_file(), path
    assert not (project.root / "out").exists()
    assert project.output("a") == "5\n"
    if targets:
        assert (project.root / "printed").read_text() == "5\n"
    script = project.root / "SConstruct"
    script.write_text(script.read_text().replace("return 5;", "return 6;"))
    assert run([NINJA], project.root, environment).status == 0
    assert project.output("a") == "6\n"


def test_ninja_refuses_python_code_behind_a_link(project: Project) -> None:
    project.write(HEAD + """
program = env.ThinLTOProgram('a', ['main.c', 'f.c'])
env.AddPostAction(program, lambda target, source, env: None)
env.NinjaLTO()
""", FILES)
    done = project.scons("build.ninja")
    assert done.status == 2
    assert "NinjaLTO: a has Python code before or behind its link" in done.text
    assert f'File "{project.root}/SConstruct", line 8, in <module>' in done.text
