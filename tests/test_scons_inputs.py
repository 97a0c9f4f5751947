"""What builders of SCons are given: archives in any place, aliases, emitters; and where errors are.
"""

from __future__ import annotations

import pytest

from tests.support.scons_project import HEAD, Project

MAIN = '#include <stdio.h>\nint f(void);\nint main(void) { printf("%d\\n", f()); return 0; }\n'
FILES = {
    "main.c": MAIN, "f.c": "int f(void) { return 3; }\n",
    "once.c": "#include <stdio.h>\n__attribute__((constructor)) static void once(void) "
              '{ puts("once"); }\n',
    "none.c": "int none(void) { return undefined_function(); }\n".replace(
        "int none", "int undefined_function(void);\nint none"),
}


@pytest.fixture
def project(any_scons_project: Project) -> Project:
    """The short name."""
    return any_scons_project


def inlined(project: Project, program: str) -> bool:
    """Whether `main` has inlined `f`, as only a link by modules can."""
    native = project.root / f"ltogen.out/native/{program}/main.o"
    return native.exists() and b"\0f\0" not in native.read_bytes()


@pytest.mark.parametrize("made", [
    "env.StaticLibrary('parts', ['f.c', 'none.c'])",
    "env.ThinLTOStaticLibrary('parts', ['f.c', 'none.c'])",
    "env.Alias('parts', env.StaticLibrary('parts', ['f.c', 'none.c']))"])
def test_an_archive_of_the_run_as_a_source_is_opened(project: Project, made: str) -> None:
    project.write(HEAD + f"""
parts = {made}
env.ThinLTOProgram('a', ['main.c', parts])
env.ThinLTOProgram('b', ['main.c', 'libparts.a'])
env.LTOProgram('c', ['main.c', parts], LTOGEN_LTO='off')
""", FILES)
    project.make("-j2")
    assert [project.output(name) for name in "abc"] == ["3\n"] * 3
    assert inlined(project, "a")
    assert inlined(project, "b")
    assert project.make() == []


def test_a_shared_library_of_the_run_as_a_source(project: Project) -> None:
    project.write(HEAD + """
f = env.ThinLTOSharedLibrary('f', ['f.c'])
env.ThinLTOProgram('a', ['main.c', f], RPATH=[Literal(r'\\$$ORIGIN')],
                   LINKFLAGS=['-Wl,-soname,x'])
""", FILES)
    project.make("-j2")
    assert project.make() == []


def test_an_archive_with_an_archive_of_the_run(project: Project) -> None:
    project.write(HEAD + """
f = env.ThinLTOStaticLibrary('f', ['f.c'])
both = env.ThinLTOStaticLibrary('both', ['none.c', f])
env.ThinLTOProgram('a', ['main.c'], LIBS=[both])
env.LTOProgram('b', ['main.c'], LIBS=[both], LTOGEN_LTO='off')
""", FILES)
    project.make("-j2")
    assert (project.output("a"), project.output("b")) == ("3\n", "3\n")
    assert inlined(project, "a")


def test_an_archive_that_is_named_again(project: Project) -> None:
    project.write(HEAD + """
f = env.ThinLTOStaticLibrary('f', ['f.c'])
once = env.StaticLibrary('once', ['once.c'])
env.ThinLTOProgram('a', ['main.c'], LIBS=[f, once, f, once, f])
env.ThinLTOProgram('b', ['main.c', 'f.c', f, f])
""", FILES)
    project.make()
    assert (project.output("a"), project.output("b")) == ("3\n", "3\n")


@pytest.mark.parametrize("builder", ["StaticLibrary", "ThinLTOStaticLibrary"])
@pytest.mark.parametrize(("flags", "output"), [
    ("['-Wl,--whole-archive', once, '-Wl,--no-whole-archive', '-pthread', f]", "once\n3\n"),
    ("['-Wl,--whole-archive', '-lonce', '-Wl,--no-whole-archive', '-lm', '-lf']", "once\n3\n"),
    ("'-Wl,--push-state,--whole-archive libonce.a -Wl,--pop-state libf.a'", "once\n3\n"),
    ("['-Wl,--start-group', once, f, '-Wl,--end-group']", "3\n"),
    ("['-Xlinker', '--whole-archive', once, '-Xlinker', '--no-whole-archive', f]", "once\n3\n"),
    ("['-Wl,--start-lib', once, f, '-Wl,--end-lib']", "3\n"),
    ("'-Wl,--whole-archive,libonce.a,--no-whole-archive -l:libf.a -lm'", "once\n3\n"),
    ("'-Wl,--as-needed -lm -Wl,--no-as-needed @flags.rsp -lf -Wl,-Bstatic -lf -Wl,-Bdynamic'",
     "3\n"),
    ("['-Wl,-(', once, f, '-Wl,-)']", "3\n"),
])
def test_libraries_among_flags(project: Project, builder: str, flags: str, output: str) -> None:
    project.write(HEAD + f"""
once = env.{builder}('once', ['once.c'])
f = env.{builder}('f', ['f.c'])
env.ThinLTOProgram('a', ['main.c'], LINKFLAGS={flags}, LIBPATH=['.'])
env.Depends('a', [once, f])
env.ThinLTOSharedLibrary('b', ['main.c'], SHLINKFLAGS=['-shared', *Split({flags})],
                         LIBPATH=['.'])
env.Depends('libb.so', env.Alias('both', [once, f]))
""", {**FILES, "flags.rsp": "-Wl,-z,now"})
    project.make("-j2")
    assert project.output("a") == output
    assert inlined(project, "a")
    assert project.make() == []
    project.edit("f.c", "3", "4")
    project.make("-j2")
    assert project.output("a") == output.replace("3", "4")


def test_objects_that_scons_would_have_made(project: Project) -> None:
    project.write(HEAD + """
env.ThinLTOProgram('b', ['main.c', 'f.o', 'sub/g$OBJSUFFIX'])
env.ThinLTOProgram('a', ['main.c', 'f.c', 'sub/g.c'])
env.Command('copied.o', 'f.o', Copy('$TARGET', '$SOURCE'))
env.ThinLTOSharedLibrary('c', ['f.c', 'sub/g.c'])
env.ThinLTOSharedLibrary('d', ['once.c', 'f.os'])
""", {**FILES, "sub/g.c": "int g(void) { return 1; }\n"})
    project.make("-j2")
    assert (project.output("a"), project.output("b")) == ("3\n", "3\n")
    assert inlined(project, "b")
    assert (project.root / "copied.o").read_bytes()[:4] == b"\x7fELF"
    assert project.make() == []
    project.edit("f.c", "3", "4")
    project.make("-j2")
    assert (project.output("a"), project.output("b")) == ("4\n", "4\n")


def test_a_response_file_among_flags_that_changes(project: Project) -> None:
    project.write(HEAD + """
env.ThinLTOSharedLibrary('a', ['f.c'], LINKFLAGS=['-shared', '@flags.rsp'])
""", {**FILES, "flags.rsp": "-Wl,-soname,one"})
    project.make()
    assert b"\0one\0" in (project.root / "liba.so").read_bytes()
    project.edit("flags.rsp", "one", "two")
    project.make()
    assert b"\0two\0" in (project.root / "liba.so").read_bytes()


def test_an_alias_stands_for_its_files(project: Project) -> None:
    project.write(HEAD + """
made = env.Command('made.c', [], 'echo "int f(void) { return 5; }" > $TARGET')
later = env.Alias('later')
env.ThinLTOProgram('a', ['main.c', later])
env.Alias('later', made)
library = env.Alias('library', env.StaticLibrary('f', ['f.c']))
env.ThinLTOProgram('b', ['main.c'], LIBS=[library, 'm'])
text = env.Command('x.map', [], 'echo "{ global: f; local: *; };" > $TARGET')
env.ThinLTOSharedLibrary('c', ['f.c', 'once.c'], LINKFLAGS=['-Wl,--version-script=x.map'])
env.Depends('libc.so', env.Alias('text', text))
""", FILES)
    project.make("-j2")
    assert (project.output("a"), project.output("b")) == ("5\n", "3\n")
    assert (project.root / "libc.so").exists()


EMITTER = """
def more(target, source, env):
    target.append(f'{target[0]}.map')
    source.append('f.c')
    return target, source
"""


@pytest.mark.parametrize(("call", "product", "extra"), [
    ("ThinLTOProgram('a', 'main.c', PROGEMITTER={})", "a", "a.map"),
    ("FatLTOProgram('a', 'main.c', PROGEMITTER=[{}])", "a", "a.map"),
    ("LTOProgram('a', 'main.c', PROGEMITTER={}, LTOGEN_LTO='off')", "a", "a.map"),
    ("ThinLTOSharedLibrary('a', 'main.c', SHLIBEMITTER=[*env['SHLIBEMITTER'], {}])", "liba.so",
     "liba.so.map"),
])
def test_emitters_add_sources_and_targets(project: Project, call: str, product: str,
                                          extra: str) -> None:
    project.write(HEAD + EMITTER + "env.Append(LINKFLAGS=['-Wl,-Map=${TARGET}.map'])\n"
                  f"found = env.{call.format('more')}\nprint('targets', *map(str, found))\n", FILES)
    assert f"targets {product} {extra}" in project.make()
    assert (project.root / extra).stat().st_size
    assert [line for line in project.make() if not line.startswith("targets")] == []
    if product == "a":
        assert project.output("a") == "3\n"
    (project.root / extra).unlink()
    project.make()
    assert (project.root / extra).exists()
    project.make("-c")
    assert not (project.root / extra).exists()


def test_actions_of_scons_on_a_product(project: Project) -> None:
    project.write(HEAD + """
program = env.ThinLTOProgram('a', ['main.c', 'f.c'])
env.AddPostAction(program, [Touch('$TARGET.dir/stamp'), Chmod('$TARGET', 0o711)])
env.AddPreAction(program, Mkdir('${TARGET}.dir'))
env.Command('touched', program, [Touch('$TARGET'), Chmod('$TARGET', 0o600)])
""".replace("'$TARGET.dir", "'${TARGET}.dir"), FILES)
    project.make("-j2")
    assert (project.root / "a.dir/stamp").exists()
    assert (project.root / "a").stat().st_mode & 0o777 == 0o711
    assert (project.root / "touched").stat().st_mode & 0o777 == 0o600


def test_a_product_has_the_name_that_scons_gives_it(project: Project) -> None:
    project.write(HEAD + "SConscript('src/SConscript', variant_dir='out', duplicate=0, "
                         "exports='env')\n", {
        **{f"src/{name}": text for name, text in FILES.items()}, "src/SConscript": """
Import('env')
for name, builder in (('u', env.ThinLTOProgram), ('v', env.Program)):
    product = builder(name, ['main.c', 'f.c'])
    env.Command(str(product[0]) + '.stamp', product, Touch('$TARGET'))
    print('named', str(product[0]), product[0].path, product[0].has_builder())
"""})
    done = project.make()
    assert "named u out/u True" in done
    assert "named v out/v True" in done
    for name in ("u.stamp", "v.stamp"):
        assert (project.root / "out" / name).exists()
        assert not (project.root / "src" / name).exists()


@pytest.mark.parametrize(("line", "message"), [
    ("env.ThinLTOProgram('a', ['main.c', Dir('src')])", "a: its source 'src' is no file"),
    ("env.ThinLTOProgram('a', ['main.c', Value('x')])", "a: its source 'x' is no file"),
    ("env.ThinLTOProgram('a', ['main.c'], LIBS=[Dir('src')])", "a: LIBS: src is no file"),
    ("env.ThinLTOProgram(env.Alias('x'), ['main.c'])", "x: the target of a link is a file"),
    ("env.ThinLTOProgram('a', [])", "a: no sources"),
    ("env.ThinLTOProgram('a', ['main.c'], PROGEMITTER=lambda target, source, env: ([], source))",
     "a: PROGEMITTER: the first target must stay"),
    ("env.ThinLTOProgram('a', ['main.c'], LTOGEN_PASSES=['x.so'])", "a: LTOGEN_PASSES:"),
    ("env.LTOProgram('a', ['main.c'], LTOGEN_LTO='tin')", "LTOGEN_LTO: unknown LTO mode"),
    ("Environment(tools=['ltogen'], toolpath=toolpath, LTOGEN_TOOLCHAIN='u')",
     "LTOGEN_TOOLCHAIN: 'u': one of system, embedded"),
    ("Environment(tools=['ltogen'], toolpath=toolpath).ThinLTOProgram('a', ['main.c'])",
     "the tool 'ltogen' needs SCons's compilers and linkers: tools=['default', 'ltogen']"),
    ("Environment(tools=['ltogen'], toolpath=toolpath).LTOGenReplace()",
     "the tool 'ltogen' needs SCons's compilers and linkers"),
    ("env.NinjaLTO('build.ninja', env.Command('b', env.ThinLTOProgram('a', ['main.c']), "
     "lambda target, source, env: None))", "NinjaLTO: b is made by Python code out of a"),
])
def test_errors_name_the_line_of_the_script(project: Project, line: str, message: str) -> None:
    project.write(f"{HEAD}\n\ndef inside():\n    {line}\n\n\ninside()\n",
                  {**FILES, "src/none": ""})
    done = project.scons("build.ninja" if "Ninja" in line else ".")
    text = (project.root / "SConstruct").read_text()
    number = text[:text.index(line)].count("\n") + 1
    assert done.status == 2
    assert f"scons: *** {message}" in done.text.replace("['a']", "a")
    assert f'File "{project.root}/SConstruct", line {number}, in inside\n' in done.text
    assert "Traceback" not in done.text


def test_warnings_name_the_line_of_the_script(project: Project) -> None:
    project.write(HEAD + "env.Object('f.c')\n"
                         "env.LTOProgram('a', ['main.c', 'f.c'], LTOGEN_LTO='off')\n", FILES)
    done = project.scons()
    assert "Two different environments were specified for target f.o" in done.text
    assert f'File "{project.root}/SConstruct", line 6, in <module>\n' in done.text
