"""Commands of an existing build as people and generators write them, and what is built of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.existing_build import ADD, USES_ADD, Existing, behaviour, check, existing
from tests.support.system_toolchain import AR, CC, needs_clang
from tests.support.workspace import run

pytestmark = needs_clang

PROGRAM = {"main.c": USES_ADD, "a.c": ADD}
COMPILES = """
        build main.o: cc main.c
        build a.o: cc a.c
"""
WRAPPER = "#!/bin/sh\necho \"wrapped $#\" >> wrapper.log\nexec \"$@\"\n"

# What `run` does with main.o and a.o to make app, or with a.c to make a.o.
LINKS = {
    "steps around": ": && echo pre > pre.txt && $cc main.o a.o -o app && strip app && "
                    "cp app copy && test -s copy",
    "condition": "$cc main.o a.o -o app || (rm -f app; exit 1)",
    "redirection": "$cc main.o a.o -o app > link.log 2>&1",
    "other stream": "echo begin 1>&2 ; $cc main.o a.o 2> errors.log -o app",
    "variable": "LANG=C EMPTY= $cc main.o a.o -o app",
    "env": "env LANG=C $cc main.o a.o -o app",
    "launcher": "./wrap.sh $cc main.o a.o -o app",
    "launchers": "env X=1 ./wrap.sh nice $cc main.o a.o -o app",
    "absolute": "$cc $$PWD/main.o a.o -o app",
    "dots": "$cc ./main.o sub/../a.o -o ././app",
    "joined output": "$cc -oapp main.o a.o",
    "output first": "$cc -o app -Wl,--as-needed main.o a.o -lm",
    "same folder": "cd . && $cc main.o a.o -o app",
    "there and back": "cd sub && echo pre > pre.txt && cd .. && $cc main.o a.o -o app",
    "in a subshell": "(cd sub && echo pre > pre.txt) && $cc main.o a.o -o app",
    "quoted": "\"$cc\" 'main.o' a\\.o -o \"app\"",
    "braces": "{ $cc main.o a.o -o app; }",
    "if": "if true; then $cc main.o a.o -o app; fi",
    "comment": "$cc main.o a.o -o app # as before: -o other",
    "xlinker output": "$cc main.o a.o -Wl,-Map,app.map,--cref -o app",
    "two links": "$cc -shared -fPIC -o libx.so a.o && $cc main.o a.o -o app",
    "through a name": "$cc main.o a.o -o app.tmp && mv app.tmp app",
}


@pytest.mark.parametrize("half", [0, 1])
def test_ways_to_link(tmp_path: Path, half: int) -> None:
    """Steps around a link, launchers and spellings stay; each is a build of its own folder."""
    names = list(LINKS)[half::2]
    wrong: list[str] = []
    for number, name in enumerate(names):
        build = existing(tmp_path / str(number) / "build", {
            **PROGRAM, "wrap.sh": WRAPPER, "sub/.keep": "", "build.ninja": f"""
        cflags = -O2 -fPIC
{COMPILES}
        build app: run main.o a.o
          do = {LINKS[name]}
        build other: link main.o a.o
        """})
        wrong += [f"{name}: {problem}" for problem in _problems(build, name)]
    assert not wrong, "\n".join(wrong)


def _problems(build: Existing, name: str) -> list[str]:
    build.plain()
    warnings = build.take_over().stderr
    done = build.try_make("-k", "0")
    if done.status:
        return [done.text]
    problems = []
    if behaviour(build.folder, "app") != behaviour(build.twin, "app"):
        problems.append("other behaviour")
    if "no work to do" not in build.make().stdout:
        problems.append("work to do")
    if not build.out("native/app").exists() and "app is not optimised" not in warnings:
        problems.append("left as it was without a warning")
    made = {path.name for path in build.twin.iterdir()} - {path.name for path in
                                                           build.folder.iterdir()}
    missing = {name for name in made if not name.endswith((".o", ".d", ".a")) and name[0] != "."}
    if missing:
        problems.append(f"not made: {missing}")
    if "launcher" in name and "wrapped" not in (build.folder / "wrapper.log").read_text():
        problems.append("not launched")
    return problems


COMPILE_COMMANDS = {
    "cd": "cd sub && $cc -O2 -I inc -c ../a.c -o ../a.o -MD -MF ../a.o.d",
    "cd to an absolute folder": "cd $$PWD/sub && $cc -O2 -Iinc -c ../a.c -o $$OLDPWD/a.o",
    "launcher": "./wrap.sh $cc -O2 -Isub/inc -c a.c -o a.o",
    "env": "env A='b c' X=1 $cc -O2 -Isub/inc -c a.c -o a.o",
    "absolute": "$cc -O2 -Isub/inc -c $$(pwd)/a.c -o a.o",
    "dots": "$cc -O2 -I./sub/inc -o ././a.o -c ./a.c",
    "response file": "$cc @flags.rsp -c a.c -o a.o",
    "joined output": "$cc -O2 -Isub/inc -c a.c -oa.o",
    "no link at all": "$cc -### -o a.o 2>/dev/null; $cc -O2 -Isub/inc -c a.c -o a.o",
    "symbol renamed": "$cc -O2 -Isub/inc -Dadd=sum -c a.c -o a.o && "
                      "objcopy --redefine-sym sum=add a.o",
    "depfile changed": "$cc -O2 -Isub/inc -MD -MF a.d.tmp -c a.c -o a.o && mv a.d.tmp a.d",
    "stamp": "$cc -O2 -Isub/inc -c a.c -o a.o && touch a.stamp",
    "through a name": "$cc -O2 -Isub/inc -c a.c -o a.tmp.o && mv a.tmp.o a.o",
    "from a pipe": "cat a.c | $cc -O2 -Isub/inc -x c -c - -o a.o",
    "to a pipe": "$cc -O2 -Isub/inc -E a.c | $cc -O2 -x c -c - -o a.o",
    "quoted": "$cc -O2 -Isub/inc '-DTEXT=\"a $$b\"' -DOTHER=\\\"x\\\" -c \"a.c\" -o a.o",
    "forced language": "$cc -O2 -Isub/inc -x c -c a.c -x none -o a.o",
    "check behind": "$cc -O2 -Isub/inc -c a.c -o a.o && test -s a.o",
}
WITH_HEADER = '#include <forty.h>\n#ifdef TEXT\nconst char *text(void) { return TEXT OTHER; }\n' \
              "#endif\nint add(int x) { return x + FORTY; }\n"


@pytest.mark.parametrize("half", [0, 1])
def test_ways_to_compile(tmp_path: Path, half: int) -> None:
    """However a command compiles, the program is the same; warnings name what is not optimised."""
    wrong: list[str] = []
    for number, name in enumerate(list(COMPILE_COMMANDS)[half::2]):
        build = existing(tmp_path / str(number) / "build", {
            "main.c": USES_ADD, "a.c": WITH_HEADER, "sub/inc/forty.h": "#define FORTY 40\n",
            "wrap.sh": WRAPPER, "flags.rsp": "-O2 '-Isub/inc'", "build.ninja": f"""
            build main.o: cc main.c
            build a.o: run a.c | sub/inc/forty.h
              do = {COMPILE_COMMANDS[name]}
            build app: link main.o a.o
            """})
        wrong += [f"{name}: {problem}" for problem in _problems(build, name)]
    assert not wrong, "\n".join(wrong)


AWKWARD = ("with space", "dollar$s", "quote's", 'double"q', "ünï-日本", "per%cent", "tab#le",
           "comma,x", "plus+at@", "(round)", "semi;colon", "colon:x", "back\\slash")


@pytest.mark.parametrize(("name", "content"), [
    *((name, "$in") for name in AWKWARD), *((name, "$in_newline") for name in AWKWARD[:3])])
def test_names_in_response_files(tmp_path: Path, name: str, content: str) -> None:
    """Objects and archives of any name, in Ninja's own response files."""
    spelled = name.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")
    build = existing(tmp_path / "build", {
        "main.c": USES_ADD, f"{name}/a.c": ADD, "b.c": "int b(void) { return 3; }\n",
        "build.ninja": f"""
        rule archive
          command = rm -f $out && $ar qcs $out @$out.rsp
          rspfile = $out.rsp
          rspfile_content = {content}
        rule program
          command = $cc -fuse-ld=lld @$out.rsp -o $out
          rspfile = $out.rsp
          rspfile_content = -Wl,--as-needed {content} -lm
        build main.o: cc main.c
        build {spelled}/a.o: cc {spelled}/a.c
        build b.o: cc b.c
        build {spelled}/x.a: archive {spelled}/a.o b.o
        build {spelled}/app: program main.o {spelled}/x.a
        build plain$ app: link main.o {spelled}/a.o
        """})
    if _plain_fails(build):
        pytest.skip("the build itself cannot have such a name")
    check(build, f"{name}/app", "plain app", edit=None)
    assert len(build.imports("plain app")["main.o"]) == 1


def _plain_fails(build: Existing) -> bool:
    try:
        build.plain()
    except AssertionError:
        return True
    return False


def test_edges_around_a_link(tmp_path: Path) -> None:
    """Pools, order-only inputs, validations, several outputs, and a generated header."""
    build = existing(tmp_path / "build", {
        "main.c": '#include "made.h"\n' + USES_ADD.replace("add(n) & 1", "MADE"), "a.c": ADD,
        "build.ninja": """
        pool one
          depth = 1
        build made.h: run
          do = echo '#define MADE 7' > $out
        build ready.txt: run
          do = echo ready > $out
        build checked: run app
          do = ./app > $out || test $$? = 7
        build main.o: cc main.c || made.h
        build a.o: cc a.c
        build liba.a: ar a.o || ready.txt
        build app app.map | app.size: run main.o | liba.a || other |@ checked
          pool = one
          do = test -s ready.txt && $cc main.o liba.a -o app -Wl,-Map=app.map && ls app > app.size
        build other: link main.o a.o
          pool = console
        build objects: phony main.o a.o
        build everything: phony app objects
        default everything
        """})
    check(build, "app", "other")
    assert (build.folder / "checked").exists()
    assert (build.folder / "app.size").exists()
    assert (build.folder / "main.o").read_bytes()[:4] == b"\x7fELF"


def test_products_outside(tmp_path: Path) -> None:
    """Objects and products beside the build folder, absolute and relative to it."""
    folder = tmp_path / "deep" / "er" / "build"
    text = f"""
        build ../obj/a.o: cc a.c
        build {tmp_path}/abs/main.o: cc main.c
        build ../../bin/app: link {tmp_path}/abs/main.o ../obj/a.o
        build {tmp_path}/abs/app: link {tmp_path}/abs/main.o ../obj/a.o
        """
    build = existing(folder, {**PROGRAM, "build.ninja": text})
    assert build.take_over().stderr == ""
    build.make()
    assert "no work to do" in build.make().stdout
    for product in (tmp_path / "deep/bin/app", tmp_path / "abs/app"):
        assert behaviour(product.parent, product.name) == (1, "sum 41\n")
    made = {path.name for path in folder.rglob("*") if path.is_dir()
            if "ltogen.out" not in str(path)}
    assert made == set()
    assert {path.name for path in build.out(".").iterdir()} <= {
        "bitcode", "thinlink", "native", "plain", "store", "link", "toolchain.json", "other.json",
        ".ninja_log", ".ninja_deps"}


def test_folder_behind_a_link(tmp_path: Path) -> None:
    """Absolute paths of a build folder that is named through a symbolic link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "seen").symlink_to("real")
    folder = tmp_path / "seen" / "build"
    build = existing(folder, {**PROGRAM, "build.ninja": f"""
{COMPILES}
        build liba.a: run a.o
          do = rm -f {folder}/liba.a && $ar qcs {folder}/liba.a {folder}/a.o
        build app: run main.o liba.a
          do = $cc -fuse-ld=lld {folder}/main.o {folder}/liba.a -o {folder}/app
        """})
    assert build.take_over().stderr == ""
    build.make()
    assert behaviour(folder, "app") == (1, "sum 41\n")
    assert build.imports("app") == {"main.o": {"a.o"}, "a.o": set()}


def test_named_targets(tmp_path: Path) -> None:
    """Only the named link is optimised; the others share one native object for each source."""
    build = existing(tmp_path / "build", {**PROGRAM, "b.c": "int b(void) { return 1; }\n",
                                          "build.ninja": f"""
{COMPILES}
        build b.o: cc b.c
        build liba.a: ar a.o b.o
        build app: link main.o liba.a
        build one: link main.o liba.a
        build two: link main.o a.o
        build alias: phony app
        """})
    build.plain()
    assert build.take_over("alias").stderr == ""
    done = build.make()
    for program in ("app", "one", "two"):
        assert behaviour(build.folder, program) == behaviour(build.twin, program)
    assert build.natives("app") == {"main.o", "a.o"}
    assert {path.name for path in build.out("native").iterdir()} == {"app"}
    assert [edge for edge in done.edges if edge.startswith("code main.o")] == [
        "code main.o", "code main.o for app"]
    assert len([edge for edge in done.edges if edge.endswith("main.c")]) == 1
    assert "no work to do" in build.make().stdout
    missing = build.try_take_over("ap")
    assert missing.status == 1
    assert "no target 'ap' in the build" in missing.stderr


def test_compilation_database(tmp_path: Path) -> None:
    """Compiles from a database, in folders of their own, and links and archives by hand."""
    folder = tmp_path / "build"
    build = existing(folder, {**PROGRAM, "sub/b.c": "int b(int x) { return x; }\n"})
    flags = ["-O2", "-c"]
    (folder / "compile_commands.json").write_text(json.dumps([
        {"directory": str(folder), "file": "main.c", "output": "main.o",
         "arguments": [CC, *flags, "main.c", "-o", "main.o"]},
        {"directory": str(folder / "sub"), "file": "../a.c",
         "command": f"{CC} -O2 -c ../a.c -o 'a b.o'"},
        {"directory": str(folder / "sub"), "file": "b.c", "arguments": [CC, *flags, "b.c"]}]))
    done = run(["python3", "-P", "-m", "ltogen", "configure", "--from", str(folder),
                "--link-command", f"{AR} rcs lib.a 'sub/a b.o' sub/b.o",
                "--link-command", f"{CC} main.o lib.a -o app -lm"], tmp_path)
    assert done.status == 0, done.text
    assert done.stderr == ""
    build.make()
    assert behaviour(folder, "app") == (1, "sum 41\n")
    assert build.imports("app")["main.o"] == {"sub/a b.o"}
    assert build.natives("app") == {"main.o", "sub/a b.o"}
    build.write({"a.c": ADD.replace("40", "50")})
    build.make()
    assert behaviour(folder, "app") == (1, "sum 51\n")
    assert "no work to do" in build.make().stdout


def test_response_file_of_a_database(tmp_path: Path) -> None:
    """It is where the compile runs, and what it says later counts."""
    folder = tmp_path / "build"
    build = existing(folder, {
        "sub/main.c": '#include <stdio.h>\nint main(void) { printf("%d\\n", N); }\n',
        "sub/flags": "-DN=1"})
    (folder / "compile_commands.json").write_text(json.dumps([
        {"directory": str(folder / "sub"), "file": "main.c",
         "command": f"{CC} @flags -c main.c -o main.o"}]))
    done = run(["python3", "-P", "-m", "ltogen", "configure", "--from", str(folder),
                "--link-command", f"{CC} sub/main.o -o app"], tmp_path)
    assert done.status == 0, done.text
    build.make()
    assert behaviour(folder, "app") == (0, "1\n")
    build.write({"sub/flags": "-DN=2"})
    build.make()
    assert behaviour(folder, "app") == (0, "2\n")
    assert "no work to do" in build.make().stdout
