"""What SCons has and Ninja has not, as `env.NinjaLTO` writes it: values, aliases, copies, actions.
"""

from __future__ import annotations

import pytest

from tests.support.scons_project import HEAD, Project
from tests.support.workspace import NINJA, Run, run

MAIN = '#include <stdio.h>\nint f(void);\nint main(void) { printf("%d\\n", f()); return 0; }\n'
FILES = {"main.c": MAIN, "f.c": "int f(void) { return 3; }\n"}


def try_ninja(project: Project, *words: str) -> Run:
    """Run Ninja."""
    return run([NINJA, *words], project.root, {
        "PYTHONPATH": project.python_path, "NINJA_STATUS": "[%f] "})


def ninja(project: Project, *words: str) -> set[str]:
    """Run Ninja, which must succeed; what it did."""
    done = try_ninja(project, *words)
    assert done.status == 0, done.text
    return {line.split("] ", 1)[1] for line in done.stdout.splitlines() if line.startswith("[")}


@pytest.fixture
def project(any_scons_project: Project) -> Project:
    """The short name."""
    return any_scons_project


VALUES = HEAD + r"""
config = Configure(env, config_h='made/config.h')
config.CheckFunc('printf')
config.Define('ANSWER', 6, 'the answer\nof two lines')
env = config.Finish()
env.Append(CPPPATH=['.'])
env.ThinLTOProgram('a', ['main.c', 'g.c'])
env.Command('two', Value('a\nb'), 'printf %s "$SOURCE" > $TARGET')
env.Textfile('text.txt', ['one', 'two'])
env.Substfile('sub.txt', 'sub.in', SUBST_DICT={'@': 'x\ny'})

def value(target, source, env):
    target[0].write(open(str(source[0])).read() + '\n')
def words(target, source, env):
    with open(str(target[0]), 'w') as file:
        file.write(str(source[0].read()))
made = env.Value('')
env.Command(made, 'sub.in', value)
env.Command('words', made, words)
env.NinjaLTO()
"""


def test_values_with_line_breaks(scons_project: Project) -> None:
    project = scons_project
    project.write(VALUES, {
        **FILES, "g.c": '#include "made/config.h"\nint f(void) { return ANSWER; }\n',
        "sub.in": "@\n"})
    project.make("build.ninja")
    ninja(project)
    assert project.output("a") == "6\n"
    assert (project.root / "two").read_text() == "a\nb"
    assert (project.root / "sub.txt").read_text() == "x\ny\n"
    assert (project.root / "words").read_text() == "@\n\n"
    assert ninja(project) == set()
    project.edit("SConstruct", "'ANSWER', 6", "'ANSWER', 7")
    project.edit("SConstruct", r"'a\nb'", r"'a\nc'")
    ninja(project)
    assert project.output("a") == "7\n"
    assert (project.root / "two").read_text() == "a\nc"
    assert ninja(project) == set()
    project.edit("sub.in", "@", "@@")
    ninja(project)
    assert (project.root / "words").read_text() == "@@\n\n"


def test_what_is_always_built_runs_each_time(project: Project) -> None:
    project.write(HEAD + """
always = env.AlwaysBuild(env.Command('count', [], 'echo >> all; wc -l < all > $TARGET'))
env.Precious(always)
env.Command('behind', always, 'cp $SOURCE $TARGET')
def python(target, source, env):
    with open('python', 'a') as file:
        file.write('x')
env.AlwaysBuild(env.Command('python', [], python))
env.Precious('python')
env.AlwaysBuild(env.Object('f.c'))
def more(target, source, env):
    return [*target, 'a.map'], source
program = env.AlwaysBuild(env.ThinLTOProgram('a', ['main.c', 'f.c'], PROGEMITTER=more,
                                             LINKFLAGS=['-Wl,-Map=a.map']))
env.AddPostAction(program[0], 'echo >> linked')
env.NinjaLTO()
""", FILES)
    project.make("build.ninja")
    for count in (1, 2, 3):
        done = ninja(project)
        assert (project.root / "linked").read_text() == "\n" * count
        assert (project.root / "a.map").stat().st_size
        assert {"make count", "scons python", "make behind"} <= done
        assert (project.root / "behind").read_text().strip() == str(count)
        assert (project.root / "python").read_text() == "x" * count


VARIANT = {"v/SConscript": "Import('env')\nenv.ThinLTOProgram('a', Glob('[!s]*.c') + {more})\n",
           "v/main.c": MAIN + '#include "x.h"\n', "v/f.c": FILES["f.c"], "v/x.h": "",
           "v/more.c": "int more(void) { return 1; }\n"}


@pytest.mark.parametrize("more", ["[]", "Glob('s*.c', strings=True)"])
def test_a_source_that_is_deleted_in_a_variant_folder(project: Project, more: str) -> None:
    project.write(HEAD + "SConscript('v/SConscript', variant_dir='out', exports='env')\n"
                         "env.NinjaLTO()\n",
                  {**VARIANT, "v/SConscript": VARIANT["v/SConscript"].replace("{more}", more),
                   "v/some.c": "int some(void) { return 1; }\n"})
    if more == "[]":
        (project.root / "v/some.c").unlink()
    project.make("build.ninja")
    ninja(project)
    for gone in {"v/more.c", *(["v/some.c"] if more != "[]" else [])}:
        (project.root / gone).unlink()
        ninja(project)
        assert ninja(project) == set()
    project.edit("v/main.c", '#include "x.h"\n', "")
    (project.root / "v/x.h").unlink()
    ninja(project)
    assert ninja(project) == set()
    assert project.output("out/a") == "3\n"


def test_scons_itself_does_without_a_source_that_is_deleted(project: Project) -> None:
    project.write(HEAD + "SConscript('v/SConscript', variant_dir='out', exports='env')\n", {
        **VARIANT, "v/SConscript": VARIANT["v/SConscript"].replace("{more}", "[]")})
    project.make()
    (project.root / "v/more.c").unlink()
    project.make()
    assert project.output("out/a") == "3\n"


ALIASES = HEAD + """
program = env.ThinLTOProgram('a', ['main.c', 'f.c'])
env.Alias('prog', program)
env.Alias('a', program)
env.Alias('put', env.Install('placed', program))
env.Alias('run', program, './a > ran; echo x >> runs')
env.Alias('folder', program, 'echo >> folder/runs')
env.Alias('listed', 'put')
Glob('folder/*.c')
env.Alias('python', program, lambda target, source, env: None)
env.Alias('empty')
env.NinjaLTO()
"""


def test_aliases_are_names_for_ninja(project: Project) -> None:
    project.write(ALIASES, {**FILES, "folder/none.c": ""})
    project.make("build.ninja")
    assert "link a" in ninja(project, "prog")
    assert not (project.root / "placed").exists()
    ninja(project, "listed")
    assert (project.root / "placed/a").exists()
    for _ in range(2):
        ninja(project, "run", "folder", "empty")
    assert (project.root / "ran").read_text() == "3\n"
    assert (project.root / "runs").read_text() == "x\nx\n"
    assert (project.root / "folder/runs").read_text() == "\n\n"
    done = try_ninja(project, "python")
    assert done.status == 1
    assert "NinjaLTO: python is made by Python code out of a, which Ninja would make" in done.text
    assert ninja(project) == set()


ACTIONS = HEAD + """
program = env.ThinLTOProgram('a', ['main.c', 'f.c'])
env.AddPreAction(program, Mkdir('dir of'))
env.AddPostAction(program, [Touch('dir of/stamp'), 'cp $TARGET whole', 'strip $TARGET'])
env.AddPostAction(program, Chmod('$TARGET', 'go-rx'))
env.Command('copied', program, [Copy('$TARGET', '$SOURCE'), Chmod('$TARGET', 0o711)])
env.Command('moved', program, ['cp $SOURCE aside', Move('$TARGET', 'aside'), Delete('aside')])
env.Command('touched', program, Touch('$TARGET'))
env.NinjaLTO()
"""


def test_actions_of_scons_and_those_around_a_link(scons_project: Project) -> None:
    project = scons_project
    project.write(ACTIONS, FILES)
    project.make("build.ninja")
    ninja(project)
    root = project.root
    for _ in range(2):
        assert (root / "dir of/stamp").exists()
        assert (root / "a").stat().st_size < (root / "whole").stat().st_size
        assert (root / "a").stat().st_mode & 0o777 == 0o700
        assert (root / "copied").stat().st_mode & 0o777 == 0o711
        assert (root / "moved").read_bytes() == (root / "a").read_bytes()
        assert (root / "touched").exists()
        assert ninja(project) == set()
        assert project.output("a") == project.output("copied")
        project.edit("f.c", "return ", "return 1")
        ninja(project)
    assert project.output("a") == "113\n"


UNSEEN = HEAD + """
env.Append(CPPPATH=['made'])
env.Command('made/tool.h', [], 'echo "#define TOOL 4" > $TARGET')
env.Command('tool.c', 'tool.in', 'cp $SOURCE $TARGET')
tool = env.ThinLTOProgram('tool', ['tool.c'])
env.Command('made/inner.h', tool, './tool > $TARGET')
env.Command('made/outer.h', [], 'echo "#include \\\\"inner.h\\\\"" > $TARGET')
env.Command('made.c', 'made.in', 'cp $SOURCE $TARGET')
env.ThinLTOProgram('a', ['main.c', 'made.c'])
env.ThinLTOProgram('b', ['main.c', 'outer.c'])
env.NinjaLTO()
"""


def test_headers_that_only_what_is_made_includes(project: Project) -> None:
    project.write(UNSEEN, {
        **FILES, "tool.in": '#include <stdio.h>\n#include "tool.h"\n'
                            'int main(void) { printf("#define INNER %d\\n", TOOL); return 0; }\n',
        "made.in": '#include "outer.h"\nint f(void) { return INNER; }\n',
        "outer.c": '#include "outer.h"\nint f(void) { return INNER + 1; }\n'})
    project.make("build.ninja")
    ninja(project, "-j4")
    assert (project.output("a"), project.output("b")) == ("4\n", "5\n")
    assert ninja(project) == set()
    project.edit("SConstruct", "TOOL 4", "TOOL 7")
    ninja(project)
    assert (project.output("a"), project.output("b")) == ("7\n", "8\n")
