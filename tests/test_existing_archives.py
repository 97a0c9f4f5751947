"""Archives of an existing build: opened on taken links, written where something else wants them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.existing_build import NM, Existing, behaviour, check, existing
from tests.support.system_toolchain import AR, CXX, needs_clang
from tests.support.workspace import run

pytestmark = needs_clang

MAIN = """\
#include <stdio.h>
int add(int);
__attribute__((weak)) int loud(void);
__attribute__((weak)) int quiet(void);
int main(int n, char **v) {
    (void)v;
    printf("%d %d %d\\n", add(n), loud ? loud() : -1, quiet ? quiet() : -1);
    return 0;
}
"""
LIBRARY = {
    "a.c": "int helper(int);\nint add(int x) { return helper(x) + 40; }\n",
    "helper.c": "int helper(int x) { return x * 3; }\n",
    # Unused: neither it nor its constructor may be in a program, unless all of the archive is.
    "loud.c": """\
        #include <stdio.h>
        __attribute__((constructor)) static void begin(void) { puts("constructed"); }
        int loud(void) { return 5; }
        """,
    "quiet.c": "int quiet(void) { return 6; }\n",
    "main.c": MAIN,
    "trap.S": ".globl trap\ntrap:\n ret\n.section .note.GNU-stack,\"\",@progbits\n",
}
COMPILES = """
        build main.o: cc main.c
        build a.o: cc a.c
        build helper.o: cc helper.c
        build loud.o: cc loud.c
        build quiet.o: cc quiet.c
        build trap.o: cc trap.S
"""
STATES = {
    "lazy": "$flags main.o liba.a libb.a",
    "against the order": "liba.a libb.a main.o",
    "repeated": "main.o liba.a libb.a liba.a libb.a liba.a",
    "whole": "main.o -Wl,--whole-archive liba.a -Wl,--no-whole-archive libb.a",
    "whole, then again": "main.o -Wl,--whole-archive liba.a -Wl,--no-whole-archive libb.a liba.a",
    "whole both": "-Wl,-whole-archive liba.a libb.a -Wl,-no-whole-archive main.o",
    "states": "main.o -Wl,--push-state,--whole-archive -L. -la -Wl,--pop-state -lb",
    "nested states": "main.o -Wl,--push-state -Wl,--push-state,--whole-archive -Wl,--pop-state "
                     "liba.a -Wl,--pop-state libb.a",
    "group": "main.o -Wl,--start-group liba.a libb.a -Wl,--end-group",
    "short group": "main.o '-Wl,-(' liba.a libb.a '-Wl,-)'",
    "lib": "main.o -Wl,--start-lib a.o loud.o helper.o -Wl,--end-lib quiet.o",
    "archive in a lib": "main.o -Wl,--start-lib liba.a libb.a -Wl,--end-lib",
    "names": "main.o -L . -l a -l:libb.a",
    "linker's names": "main.o -Wl,-L.,-la,-lb",
    "linker's apart": "main.o -Wl,-L,. -Wl,-l,a -Wl,--library=b",
    "library path": "main.o -Wl,--library-path=. -Wl,-Bstatic -la -lb -Wl,-Bdynamic",
    "shared first": "main.o -Lshared -L. -la -lb -Wl,-rpath,shared",
    "static first": "main.o -Lshared -Wl,-Bstatic -la -L. -lb -Wl,-Bdynamic",
    "dots": "./main.o ././liba.a ./libb.a",
    "wanted": "main.o -u loud liba.a -Wl,-u,quiet libb.a",
    "wanted later": "main.o liba.a libb.a -Wl,--undefined=loud",
    "static program": "-static main.o -L. -la -lb",
    "thin": "main.o thin.a",
    "thin, whole": "main.o -Wl,--whole-archive thin.a -Wl,--no-whole-archive",
    "with assembler": "main.o -Wl,--whole-archive mixed.a -Wl,--no-whole-archive",
    "same names": "main.o same.a",
    "archive inside": "main.o outer.a",
}
NATIVE_ADD = {"shared first"}  # links in which `add` comes from a shared library


def test_ways_to_link(tmp_path: Path) -> None:
    """Which members a program takes, and in which order, is as before for every way to say it."""
    links = "".join(f"        build app{at}: run main.o a.o loud.o helper.o quiet.o liba.a libb.a "
                    f"thin.a mixed.a same.a outer.a | shared/liba.so\n"
                    f"          do = $cc -fuse-ld=lld {words} -o $out\n"
                    for at, words in enumerate(STATES.values()))
    build = existing(tmp_path / "build", {
        **LIBRARY, "x/a.c": "int unused_one(void) { return 1; }\n", "build.ninja": f"""
        cflags = -O2 -fPIC
{COMPILES}
        build x/a.o: cc x/a.c
        build liba.a: ar a.o loud.o
        build libb.a: ar helper.o quiet.o
        build thin.a: run a.o loud.o helper.o quiet.o
          do = rm -f $out && $ar rcsT $out $in
        build inner.a: run helper.o quiet.o
          do = rm -f $out && $ar rcsT $out $in
        build outer.a: run a.o inner.a
          do = rm -f $out && $ar rcsT $out $in
        build mixed.a: ar a.o loud.o helper.o trap.o
        build same.a: ar x/a.o a.o quiet.o helper.o
        build shared/liba.so: link a.o helper.o
          flags = -shared
{links}"""})
    programs = [f"app{at}" for at in range(len(STATES))]
    build.plain()
    done = build.take_over()
    assert done.stderr == ""
    build.try_make("-k", "0")
    _compare(build, programs)
    assert "no work to do" in build.make().stdout


def _compare(build: Existing, programs: list[str]) -> None:
    """All at once, so that one failure does not hide another."""
    wrong: list[str] = []
    for name, program in zip(STATES, programs, strict=True):
        if not (build.folder / program).exists():
            wrong.append(f"{name}: not linked\n{build.try_make(program).text}")
            continue
        seen, expected = behaviour(build.folder, program), behaviour(build.twin, program)
        if seen != expected:
            wrong.append(f"{name}: {seen} is not {expected}")
        elif name not in NATIVE_ADD and "a.o" not in build.imports(program).get("main.o", ()):
            wrong.append(f"{name}: not optimised")
    assert not wrong, "\n".join(wrong)


def test_unused_members(tmp_path: Path) -> None:
    """A member that no link takes is not compiled to native code, and an edit of it is cheap."""
    build = existing(tmp_path / "build", {**LIBRARY, "build.ninja": f"""
{COMPILES}
        build liba.a: ar a.o loud.o helper.o quiet.o
        build app: link main.o liba.a
        """})
    check(build, "app")
    assert build.natives("app") == {"main.o", "a.o", "helper.o"}
    assert build.imports("app")["a.o"] == {"helper.o"}
    assert not (build.folder / "liba.a").exists()
    assert not (build.folder / "a.o").exists()
    build.write({"loud.c": "int loud(void) { return 50; }\n"})
    edges = build.make().edges
    assert not [edge for edge in edges if edge.startswith(("code", "link"))], edges


def _native(build: Existing, archive: str, symbol: str) -> bool:
    """Whether an archive is of native code, and defines `symbol`."""
    members = run([AR, "t", archive], build.folder).stdout.split()
    assert members
    symbols = run([NM, "--defined-only", archive], build.folder)
    path = build.folder / "member"
    path.mkdir(exist_ok=True)
    unpacked = run([AR, "x", str(build.folder / archive)], path)
    assert unpacked.status == 0, unpacked.text
    magics = {(path / member).read_bytes()[:4] for member in members}
    return magics == {b"\x7fELF"} and f" T {symbol}" in symbols.stdout


def test_written_for_others(tmp_path: Path) -> None:
    """An archive that a command, a default statement or its own name asks for is native code."""
    build = existing(tmp_path / "build", {**LIBRARY, "build.ninja": f"""
{COMPILES}
        build liba.a: ar a.o
        build libb.a: ar helper.o
        build libc.a: ar quiet.o
        build symbols.txt: run liba.a
          do = {NM} --defined-only liba.a > $out
        build app: link main.o liba.a libb.a libc.a
        default app symbols.txt libb.a
        """})
    check(build, "app")
    assert " T add" in (build.folder / "symbols.txt").read_text()
    assert _native(build, "liba.a", "add")
    assert (build.folder / "libb.a").exists(), "it is named in a default statement"
    assert _native(build, "libb.a", "helper")
    assert not (build.folder / "libc.a").exists()
    build.make("libc.a")
    assert _native(build, "libc.a", "quiet")


@pytest.mark.parametrize("after", [
    f"{NM} --defined-only liba.a > symbols.txt",
    f"{NM} --defined-only main.o a.o > symbols.txt",
])
def test_command_reads_its_inputs_again(tmp_path: Path, after: str) -> None:
    """A step behind the link may look into the very objects and archives that it linked."""
    build = existing(tmp_path / "build", {**LIBRARY, "build.ninja": f"""
{COMPILES}
        build liba.a: ar a.o helper.o
        build app | symbols.txt: run main.o a.o liba.a
          do = $cc -fuse-ld=lld main.o liba.a -o app && {after}
        build other: link main.o liba.a
        """})
    build.plain()
    build.take_over()
    build.make()
    assert behaviour(build.folder, "app") == behaviour(build.twin, "app")
    assert " T add" in (build.folder / "symbols.txt").read_text()
    assert "no work to do" in build.make().stdout


APPENDED = {
    "in two steps": "rm -f $out && $ar qc $out a.o && $ar qs $out helper.o",
    "changed behind": "rm -f $out && $ar qcs $out a.o helper.o loud.o && $ar ds $out loud.o",
    "symbols renamed": "rm -f $out && $ar qcs $out a.o helper.o quiet.o && "
                       "objcopy --redefine-sym quiet=silent $out",
    "script": "printf 'create liba.a\\naddmod a.o\\naddmod helper.o\\nsave\\nend\\n' | $ar -M",
    "all that is there": "rm -f $out && $ar qcs $out a.o helpe[r].o",
    "by ranlib": "rm -f $out && $ar qcS $out a.o helper.o && ranlib $out",
    "with dashes": "rm -f $out && $ar -rcs -D $out a.o helper.o && true",
    "old format": "rm -f $out && $ar --format=gnu -r -c $out a.o helper.o",
    "response file": "rm -f $out && $ar qcs $out @members.rsp",
    "other folder": "cd sub && rm -f ../$out && $ar qcs ../$out ../a.o ../helper.o",
    "other spelling": "rm -f ./$out && $ar qcs ././$out ./a.o sub/../helper.o",
}


def test_ways_to_archive(tmp_path: Path) -> None:
    """However an archive is made, the program that takes it is right."""
    archives = "".join(
        f"        build lib{at}.a: run a.o helper.o loud.o quiet.o\n"
        f"          do = {command.replace('liba.a', f'lib{at}.a')}\n"
        f"        build app{at}: link main.o lib{at}.a\n"
        f"          flags = -Wl,--whole-archive\n"
        f"          libs = -Wl,--no-whole-archive\n"
        for at, command in enumerate(APPENDED.values()))
    build = existing(tmp_path / "build", {
        **LIBRARY, "members.rsp": "a.o 'helper.o'\n", "sub/.keep": "", "build.ninja": f"""
{COMPILES}
{archives}"""})
    build.plain()
    build.take_over()
    build.try_make("-k", "0")
    wrong: list[str] = []
    for at, name in enumerate(APPENDED):
        if not (build.folder / f"app{at}").exists():
            wrong.append(f"{name}: {build.try_make(f'app{at}').text}")
        elif behaviour(build.folder, f"app{at}") != behaviour(build.twin, f"app{at}"):
            wrong.append(f"{name}: {behaviour(build.folder, f'app{at}')}")
    assert not wrong, "\n".join(wrong)
    assert "no work to do" in build.make().stdout


CMAKE = """\
cmake_minimum_required(VERSION 3.16)
project(sample C)
add_library(helper STATIC helper.c)
add_library(a STATIC a.c)
target_link_libraries(a helper)
add_library(inside OBJECT quiet.c)
add_subdirectory(sub)
add_executable(app main.c $<TARGET_OBJECTS:inside>)
target_link_libraries(app a)
install(TARGETS a app)
"""
# Commands in front of a link run in the folder of their target; CMake goes back behind them.
CMAKE_BELOW = """\
add_library(below STATIC ../loud.c)
add_custom_command(TARGET below PRE_LINK COMMAND echo before > below.txt)
add_executable(tool ../main.c)
target_link_libraries(tool a below)
add_custom_command(TARGET tool PRE_LINK COMMAND echo before > tool.txt)
add_custom_command(TARGET tool POST_BUILD COMMAND echo after >> tool.txt)
"""


def test_cmake(tmp_path: Path) -> None:
    """Object libraries, commands around a link in a subfolder, and what is installed."""
    source = tmp_path / "source"
    build = existing(tmp_path / "build", {})
    files = {**LIBRARY, "CMakeLists.txt": CMAKE, "sub/CMakeLists.txt": CMAKE_BELOW}
    for name, text in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    for folder in (build.folder, build.twin):
        done = run(["cmake", "-GNinja", "-S", str(source), "-B", str(folder),
                    f"-DCMAKE_C_COMPILER={CXX.replace('++', '')}", "-DCMAKE_BUILD_TYPE=Release",
                    f"-DCMAKE_AR={AR}", "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld"], tmp_path)
        assert done.status == 0, done.text
    build.plain()
    assert build.take_over().stderr == ""
    build.make()
    assert "no work to do" in build.make().stdout
    for program in ("app", "sub/tool"):
        assert behaviour(build.folder, program) == behaviour(build.twin, program)
    assert (build.folder / "sub/tool.txt").read_text() == "before\nafter\n"
    assert _native(build, "liba.a", "add")
    for program in ("app", "sub/tool"):
        imports = build.imports(program)
        assert "CMakeFiles/a.dir/a.c.o" in set().union(*imports.values()), (program, imports)
