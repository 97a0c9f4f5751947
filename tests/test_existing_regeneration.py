"""A build that was taken over is followed: its manifests, its generator, its other Ninja."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import test_other_ninjas
from tests.support.system_toolchain import CC, CXX, needs_clang
from tests.support.taken_over import EDGES, MAIN, RULES, SMALL, SQUARE, Existing
from tests.support.workspace import NINJA, run

pytestmark = needs_clang

NINJAS = {"pypi": NINJA, **test_other_ninjas.NINJAS}
MESON = shutil.which("meson") or shutil.which(str(Path(sys.executable).with_name("meson"))) or ""
CUBE = "int cube(int x) { return x * x * x; }\n"
PRINT = '#include <stdio.h>\nint main(void) {{ {} return 0; }}\n'


@pytest.fixture
def existing(tmp_path: Path) -> Existing:
    """An empty folder."""
    root = tmp_path / "project"
    root.mkdir()
    return Existing(root)


@pytest.fixture
def small(existing: Existing) -> Existing:
    """A hand-written build, taken over and up to date."""
    existing.write(SMALL)
    existing.configure()
    existing.make()
    return existing


@pytest.fixture(params=NINJAS)
def any_ninja(request: pytest.FixtureRequest, existing: Existing) -> Existing:
    """An empty folder for each Ninja in turn."""
    existing.ninja = [NINJAS[request.param]]
    return existing


def _settled(existing: Existing, product: str, output: str, inlined: str = "square") -> None:
    """The product is ltogen's, does what it should, and there is nothing left to do."""
    assert existing.output(product) == output
    assert existing.is_lto(product, inlined)
    assert existing.no_work()


# --- a manifest that a person wrote ---


def test_the_whole_story_with_every_ninja(any_ninja: Existing) -> None:
    any_ninja.write(SMALL)
    any_ninja.configure("--ninja", any_ninja.ninja[0])
    any_ninja.make()
    _settled(any_ninja, "app", "49\n")
    any_ninja.replace("square.c", "x * x", "x + x")
    any_ninja.make()
    _settled(any_ninja, "app", "14\n")
    any_ninja.write({"cube.c": CUBE, "main.c": MAIN.replace("square", "cube")})
    any_ninja.replace("build.ninja", "build square.o: cc square.c", "build cube.o: cc cube.c")
    any_ninja.replace("build.ninja", "link main.o square.o", "link main.o cube.o")
    done = any_ninja.make()
    assert "compile cube.c" in done.edges
    _settled(any_ninja, "app", "343\n", "cube")
    assert not (any_ninja.folder / "ltogen.out/bitcode/square.o").exists()
    any_ninja.plain()
    assert any_ninja.output("app") == "343\n"
    assert not any_ninja.is_lto("app", "cube")
    any_ninja.make()
    _settled(any_ninja, "app", "343\n", "cube")


def test_configuring_again_writes_nothing(small: Existing) -> None:
    names = ("ltogen.ninja", "build.ltogen.ninja", "ltogen.out/toolchain.json")
    before = [(small.folder / name).stat().st_mtime_ns for name in names]
    small.configure()
    assert [(small.folder / name).stat().st_mtime_ns for name in names] == before
    assert small.no_work()


@pytest.mark.parametrize("gone", ["ltogen.ninja", "build.ltogen.ninja", "both"])
def test_a_manifest_of_ltogens_that_was_deleted(small: Existing, gone: str) -> None:
    names = ("ltogen.ninja", "build.ltogen.ninja") if gone == "both" else (gone,)
    for name in names:
        (small.folder / name).unlink()
    if gone == "build.ltogen.ninja":
        # Ninja reads all manifests before it makes one.
        assert small.try_make().status != 0
    small.configure()
    small.make()
    _settled(small, "app", "49\n")


def test_the_folder_of_ltogen_was_deleted(small: Existing) -> None:
    shutil.rmtree(small.folder / "ltogen.out")
    small.make()
    _settled(small, "app", "49\n")


def test_the_log_of_the_build_was_deleted(small: Existing) -> None:
    small.plain()
    small.make()
    (small.folder / ".ninja_log").unlink()
    small.make()
    _settled(small, "app", "49\n")


@pytest.mark.parametrize("ninja", NINJAS)
def test_back_and_forth_between_the_manifests(existing: Existing, ninja: str) -> None:
    existing.ninja = [NINJAS[ninja]]
    existing.write(SMALL)
    existing.plain()
    assert not existing.is_lto("app")
    existing.configure("--ninja", existing.ninja[0])
    for turn in range(3):
        existing.make()
        _settled(existing, "app", "49\n" if turn == 0 else f"{49 + turn - 1}\n")
        existing.write({"square.c": SQUARE.replace("x * x", f"x * x + {turn}")})
        existing.plain()
        assert existing.output("app") == f"{49 + turn}\n"
        assert not existing.is_lto("app")


def test_back_and_forth_with_nothing_changed_in_between(small: Existing) -> None:
    for _ in range(2):
        small.plain()
        assert small.output("app") == "49\n"
        small.make()
        _settled(small, "app", "49\n")


def test_an_object_of_the_plain_build_is_never_stale(small: Existing) -> None:
    """ltogen builds, a source changes, ltogen builds: the plain build then has work to do."""
    small.plain()
    small.make()
    small.write({"square.c": SQUARE.replace("x * x", "x + x")})
    small.make()
    assert small.output("app") == "14\n"
    small.plain()
    assert small.output("app") == "14\n"


def test_clean_and_cleandead_of_the_plain_build(small: Existing) -> None:
    small.plain()
    small.make()
    ours = {name for name in small.files() if name.startswith("ltogen")}
    small.plain("-t", "cleandead")
    assert {name for name in small.files() if name.startswith("ltogen")} == ours
    _settled(small, "app", "49\n")
    small.plain("-t", "clean")
    assert {name for name in small.files() if name.startswith("ltogen")} == ours
    small.make()
    _settled(small, "app", "49\n")


def test_clean_of_ltogens_manifest(small: Existing) -> None:
    small.make("-t", "clean")
    assert not (small.folder / "app").exists()
    assert (small.folder / "ltogen.ninja").exists()
    assert (small.folder / "build.ltogen.ninja").exists()
    small.make()
    _settled(small, "app", "49\n")
    small.make("-t", "cleandead")
    _settled(small, "app", "49\n")


def test_a_flag_and_a_variable_change(small: Existing) -> None:
    small.replace("square.c", "x * x", "x * N")
    small.replace("build.ninja", "cflags = -O2", "cflags = -O2 -DN=3")
    done = small.make()
    assert {"configure", "compile main.c", "compile square.c"} <= set(done.edges)
    _settled(small, "app", "21\n")


def test_a_link_flag_changes(small: Existing) -> None:
    small.replace("build.ninja", "build app: link main.o square.o",
                  "build app: link main.o square.o\n"
                  "  ldflags = -fuse-ld=lld -Wl,--gc-sections -Wl,--build-id=0xabcd")
    done = small.make()
    assert not any(edge.startswith("compile ") for edge in done.edges)
    assert bytes.fromhex("abcd") in (small.folder / "app").read_bytes()
    _settled(small, "app", "49\n")


def test_a_product_comes_and_another_goes(small: Existing) -> None:
    small.write({"cube.c": CUBE})
    small.replace("build.ninja", "build app: link main.o square.o\n",
                  "build main2.o: cc main2.c\nbuild cube.o: cc cube.c\n"
                  "build two: link main2.o cube.o\n")
    small.write({"main2.c": MAIN.replace("square", "cube")})
    small.make()
    _settled(small, "two", "343\n", "cube")
    left = {name for name in small.files() if name.startswith("ltogen.out/")}
    assert not any("/app/" in name for name in left), left
    assert not any("square" in name for name in left), left


def test_the_edit_breaks_the_manifest_and_is_mended(small: Existing) -> None:
    text = (small.root / "build.ninja").read_text()
    small.write({"build.ninja": text + "build broken\n"})
    done = small.try_make()
    assert done.status != 0
    assert re.search(r"^ltogen: .*build\.ninja.*\n", done.text, re.MULTILINE), done.text
    assert "Traceback" not in done.text
    small.write({"build.ninja": text})
    small.make()
    _settled(small, "app", "49\n")


# --- targets ---

TWO = {**SMALL, "cube.c": CUBE, "main2.c": MAIN.replace("square", "cube"),
       "build.ninja": RULES + EDGES + """
build main2.o: cc main2.c
build cube.o: cc cube.c
build two: link main2.o cube.o
build all: phony app two
"""}


def test_targets_and_then_others(existing: Existing) -> None:
    existing.write(TWO)
    existing.configure("app")
    existing.make()
    _settled(existing, "app", "49\n")
    existing.make("all")
    assert existing.output("two") == "343\n"
    assert not existing.is_lto("two", "cube")
    existing.configure("two")
    left = {name for name in existing.files() if name.startswith("ltogen.out/")}
    assert not any("/app/" in name or "square" in name for name in left), left
    existing.make("all")
    assert existing.output("app") == "49\n"
    assert not existing.is_lto("app")
    assert existing.is_lto("two", "cube")
    existing.configure()
    existing.make()
    _settled(existing, "app", "49\n")
    _settled(existing, "two", "343\n", "cube")


@pytest.mark.parametrize("default", ["", "default app\n", "default app\ndefault two\n",
                                     "default app two\n", "default all\n"])
def test_what_is_built_when_nothing_is_named(existing: Existing, default: str,
                                             tmp_path: Path) -> None:
    existing.write({**TWO, "build.ninja": TWO["build.ninja"] + default})
    other = existing.copy(tmp_path / "plain")
    other.plain()
    existing.configure()
    existing.make()
    for product in ("app", "two"):
        assert (existing.folder / product).exists() == (other.folder / product).exists()
    _settled(existing, "app", "49\n")


def test_names_of_single_files_can_be_built(existing: Existing) -> None:
    existing.write(TWO)
    existing.configure()
    existing.make("two")
    assert (existing.folder / "two").exists()
    assert not (existing.folder / "app").exists()


# --- several manifests ---


def _nested() -> dict[str, str]:
    """Edges of one link in three files, with scopes, pools and names that shadow each other."""
    return {
        **SMALL,
        "build.ninja": f"""
ninja_required_version = 1.7
value = top
pool few
  depth = 1
cc = {CC}
flags = -O2
rule cc
  command = $cc $flags -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
  pool = few
include rules.ninja
subninja one/build.ninja
flags = -O0
subninja two/build.ninja
build main.o: cc main.c
  flags = -O2
build app: link main.o one/square.o two/cube.o
build note: say
default app note
""",
        "rules.ninja": """
rule link
  command = $cc -fuse-ld=lld -Wl,--gc-sections -o $out $in
rule say
  command = echo $value > $out
""",
        "one/build.ninja": """
flags = $flags -DONE
value = one
rule cc
  command = $cc $flags -DSHADOW -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
include one/more.ninja
""",
        "one/more.ninja": "build one/square.o: cc square.c\nbuild one/note: say\n",
        "two/build.ninja": """
extra = -DTWO=2
build two/cube.o: cc cube.c
  flags = -O2 $extra
extra = -DTWO=3
subninja two/deep/build.ninja
""",
        "two/deep/build.ninja": "build two/deep/tool: link two/deep/main.o two/cube.o\n"
                                "build two/deep/main.o: cc deep.c\n  flags = -O2 $extra\n",
        "square.c": "#if !defined ONE || !defined SHADOW\n#error scope\n#endif\n" + SQUARE,
        "cube.c": "#if TWO != 2\n#error scope\n#endif\n" + CUBE,
        "deep.c": "#if TWO != 3\n#error scope\n#endif\n" + MAIN.replace("square", "cube"),
        "main.c": PRINT.format(r'int square(int), cube(int); printf("%d\n", square(7) + cube(1));')
                  .replace("int square(int), cube(int);", "")
                  .replace("int main", "int square(int);\nint cube(int);\nint main"),
    }


def test_scopes_and_pools_of_several_files(any_ninja: Existing) -> None:
    any_ninja.write(_nested())
    any_ninja.configure("--ninja", any_ninja.ninja[0])
    any_ninja.make()
    _settled(any_ninja, "app", "50\n")
    assert (any_ninja.folder / "note").read_text() == "top\n"
    any_ninja.make("one/note", "two/deep/tool")
    assert (any_ninja.folder / "one/note").read_text() == "one\n"
    assert any_ninja.output("two/deep/tool") == "343\n"
    assert any_ninja.is_lto("two/deep/tool", "cube")


@pytest.mark.parametrize("name", ["rules.ninja", "one/build.ninja", "one/more.ninja",
                                  "two/build.ninja", "two/deep/build.ninja"])
def test_each_included_file_is_followed(existing: Existing, name: str) -> None:
    existing.write(_nested())
    existing.configure()
    existing.make()
    assert existing.no_work()
    with (existing.folder / name).open("a") as file:
        file.write("\n# edited\nbuild new: say\n" if name == "rules.ninja" else "\n# edited\n")
    done = existing.make()
    assert "configure" in done.edges, done.text
    _settled(existing, "app", "50\n")


def test_a_link_in_a_nested_file_changes(existing: Existing) -> None:
    existing.write(_nested())
    existing.configure()
    existing.make()
    existing.replace("two/build.ninja", "build two/cube.o: cc cube.c\n  flags = -O2 $extra",
                     "build two/cube.o: cc cube.c\n  flags = -O2 $extra -DMORE")
    existing.write({"cube.c": CUBE.replace("x * x * x", "x + MORE")})
    done = existing.make()
    assert "compile cube.c" in done.edges
    _settled(existing, "app", "51\n")


def test_a_file_is_no_longer_included(existing: Existing) -> None:
    existing.write(_nested())
    existing.configure()
    existing.make()
    existing.replace("build.ninja", "subninja one/build.ninja\n", "")
    existing.replace("build.ninja", "one/square.o two/cube.o\n", "two/cube.o\n")
    existing.write({"main.c": MAIN.replace("square", "cube")})
    (existing.folder / "one/build.ninja").unlink()
    (existing.folder / "one/more.ninja").unlink()
    existing.make()
    _settled(existing, "app", "343\n", "cube")
    assert not [name for name in existing.files() if name.startswith("one/")]


def test_builddir_of_the_build(any_ninja: Existing) -> None:
    any_ninja.write({**SMALL, "build.ninja": "builddir = logs\n" + SMALL["build.ninja"] + """
rule say
  command = echo $builddir > $out
build note: say
"""})
    any_ninja.configure("--ninja", any_ninja.ninja[0])
    any_ninja.make()
    assert (any_ninja.folder / "note").read_text() == "logs\n"
    assert not (any_ninja.folder / ".ninja_log").exists()
    assert (any_ninja.folder / "ltogen.out/.ninja_log").exists()
    any_ninja.plain()
    assert not any_ninja.is_lto("app")
    any_ninja.make()
    _settled(any_ninja, "app", "49\n")


def test_builddir_is_nothing_in_the_build(existing: Existing) -> None:
    """What the build does not set stays empty in its commands."""
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"] + """
rule say
  command = echo "<$builddir>" > $out
build note: say
"""})
    existing.configure()
    existing.make()
    assert (existing.folder / "note").read_text() == "<>\n"


def test_many_small_manifests_as_gn_writes_them(existing: Existing) -> None:
    """Toolchain rules in one subninja, targets in others, edge bindings of their own."""
    existing.write({
        **SMALL,
        "build.ninja": """
rule gn
  command = true
  generator = 1
build build.ninja: gn args.gn
subninja toolchain.ninja
build other$:alias: phony app
build all: phony app
default all
""",
        "args.gn": "",
        "toolchain.ninja": f"""
rule cc
  command = {CC} -MD -MF ${{out}}.d ${{defines}} ${{include_dirs}} ${{cflags}} -c ${{in}} $
      -o ${{out}}
  depfile = ${{out}}.d
  deps = gcc
  description = CC ${{out}}
rule link
  command = {CC} ${{ldflags}} -o ${{output_dir}}/${{target_output_name}} $
      -Wl,--start-group @"${{rspfile}}" -Wl,--end-group ${{libs}}
  rspfile = ${{target_output_name}}.rsp
  rspfile_content = ${{in}}
rule stamp
  command = touch ${{out}}
subninja obj/app.ninja
subninja obj/lib.ninja
""",
        "obj/lib.ninja": """
defines = -DLIB=1
include_dirs = -I../..
cflags = -O2
target_out_dir = obj
build obj/lib.square.o: cc square.c || obj/gen.stamp
build obj/lib.stamp: stamp obj/lib.square.o
build obj/gen.stamp: stamp
""",
        "obj/app.ninja": """
defines =
include_dirs =
cflags = -O2
build obj/app.main.o: cc main.c
build ./app: link obj/app.main.o obj/lib.square.o || obj/lib.stamp
  ldflags = -fuse-ld=lld -Wl,--gc-sections
  libs =
  output_dir = .
  target_output_name = app
""",
    })
    existing.configure()
    existing.make()
    _settled(existing, "app", "49\n")
    existing.replace("obj/lib.ninja", "-O2", "-O2 -DX")
    assert "compile square.c" in existing.make().edges
    _settled(existing, "app", "49\n")


def test_a_response_file_that_stands_beside_the_build(existing: Existing) -> None:
    existing.write({**SMALL, "objects.rsp": "main.o square.o\n", "flags.rsp": "-O2 -DN=1\n"})
    existing.replace("build.ninja", "build app: link main.o square.o",
                     "build app: link | main.o square.o objects.rsp\n  libs = @objects.rsp")
    existing.replace("build.ninja", "cflags = -O2", "cflags = @flags.rsp")
    existing.configure()
    existing.make()
    _settled(existing, "app", "49\n")
    existing.write({"cube.c": CUBE, "objects.rsp": "main.o cube.o\n",
                    "main.c": MAIN.replace("square", "cube")})
    existing.replace("build.ninja", "build square.o: cc square.c", "build cube.o: cc cube.c")
    existing.replace("build.ninja", "main.o square.o objects.rsp", "main.o cube.o objects.rsp")
    existing.make()
    _settled(existing, "app", "343\n", "cube")
    existing.write({"flags.rsp": "-O2 -DN=2\n", "cube.c": CUBE.replace("x * x * x", "x * N")})
    assert "compile cube.c" in existing.make().edges
    _settled(existing, "app", "14\n", "cube")


def test_the_toolchain_changes(existing: Existing, tmp_path: Path) -> None:
    """The compiler that the build names is replaced by another one."""
    compiler = tmp_path / "clang"

    def install(word: str) -> None:
        compiler.unlink(missing_ok=True)
        compiler.write_text(f'#!/bin/sh\nexec {CC} -DWORD=\'"{word}"\' "$@"\n')
        compiler.chmod(0o755)

    install("first")
    existing.write({
        **SMALL, "main.c": MAIN.replace('"%d\\n"', 'WORD "%d\\n"'),
        "build.ninja": SMALL["build.ninja"].replace(f"cc = {CC}\n", f"cc = {compiler}\n")})
    existing.configure()
    existing.make()
    _settled(existing, "app", "first49\n")
    install("second")
    existing.make()
    _settled(existing, "app", "second49\n")


# --- sources that a build makes ---


def test_generated_sources_and_headers(any_ninja: Existing) -> None:
    any_ninja.write({
        "number.txt": "7\n", "main.c": '#include "number.h"\n' + MAIN.replace("(7)", "(NUMBER)"),
        "square.txt": SQUARE, "build.ninja": RULES + """
rule header
  command = sed 's/^/#define NUMBER /' $in > $out.new && mv $out.new $out
rule source
  command = cp $in $out
build number.h: header number.txt
build square.c: source square.txt
build main.o: cc main.c || number.h
build square.o: cc square.c
build app: link main.o square.o
"""})
    any_ninja.configure("--ninja", any_ninja.ninja[0])
    any_ninja.make()
    _settled(any_ninja, "app", "49\n")
    any_ninja.write({"number.txt": "8\n"})
    assert "compile main.c" in any_ninja.make().edges
    _settled(any_ninja, "app", "64\n")
    any_ninja.write({"square.txt": SQUARE.replace("x * x", "x + x")})
    assert "compile square.c" in any_ninja.make().edges
    _settled(any_ninja, "app", "16\n")


# --- CMake ---

LISTS = """\
cmake_minimum_required(VERSION 3.20)
project(story C)
add_executable(app main.c square.c)
install(TARGETS app)
enable_testing()
add_test(NAME app COMMAND app)
"""
CMAKE = {"CMakeLists.txt": LISTS, "main.c": MAIN, "square.c": SQUARE}


@pytest.fixture
def cmake(existing: Existing) -> Existing:
    """CMake's build of a small program, taken over and up to date."""
    existing.write(CMAKE)
    existing.cmake()
    existing.configure()
    existing.make()
    return existing


def test_cmake_lists_are_edited(cmake: Existing) -> None:
    _settled(cmake, "app", "49\n")
    cmake.write({"cube.c": CUBE, "main.c": MAIN.replace("square(7)", "square(7) + cube(1)")
                .replace("int square(int);", "int square(int);\nint cube(int);")})
    cmake.replace("CMakeLists.txt", "square.c)", "square.c cube.c)")  # a source comes
    cmake.make()
    _settled(cmake, "app", "50\n")
    cmake.write({"main.c": MAIN.replace("square", "cube")})
    cmake.replace("CMakeLists.txt", "square.c cube.c)", "cube.c)")  # one goes
    cmake.make()
    _settled(cmake, "app", "343\n", "cube")
    assert not [name for name in cmake.files() if "square" in name]
    cmake.replace("CMakeLists.txt", "install(", "target_compile_definitions(app PRIVATE N=5)\n"
                  "install(")  # a flag changes
    cmake.replace("main.c", "(7)", "(N)")
    cmake.make()
    _settled(cmake, "app", "125\n", "cube")
    cmake.replace("CMakeLists.txt", "install(", "add_executable(two two.c square.c)\ninstall(")
    cmake.write({"two.c": MAIN})  # a target comes
    cmake.make()
    _settled(cmake, "two", "49\n")
    cmake.replace("CMakeLists.txt", "add_executable(two two.c square.c)\n", "")
    cmake.make()
    assert cmake.no_work()
    assert not [name for name in cmake.files() if "two.c" in name]


def test_cmake_regenerates_in_the_plain_build_and_cleans_up(cmake: Existing) -> None:
    cmake.plain()
    cmake.write({"cube.c": CUBE})
    cmake.replace("CMakeLists.txt", "square.c)", "square.c cube.c)")
    ours = {name for name in cmake.files() if name.startswith("ltogen")}
    cmake.plain()
    assert not cmake.is_lto("app")
    assert ours <= cmake.files()
    cmake.make()
    _settled(cmake, "app", "49\n")


def test_cmake_breaks_and_is_mended(cmake: Existing) -> None:
    cmake.write({"CMakeLists.txt": LISTS + "message(FATAL_ERROR stop)\n"})
    assert cmake.try_make().status != 0
    cmake.write({"CMakeLists.txt": LISTS})
    cmake.make()
    _settled(cmake, "app", "49\n")


def test_cmake_is_run_again_by_hand(cmake: Existing) -> None:
    cmake.cmake("-DCMAKE_C_FLAGS=-DN=1")
    assert "compile" in cmake.make().text
    _settled(cmake, "app", "49\n")
    cmake.cmake("--fresh", "-DCMAKE_C_FLAGS=-DN=2")
    cmake.make()
    _settled(cmake, "app", "49\n")


def test_cmake_installs_and_tests_what_ltogen_built(cmake: Existing, tmp_path: Path) -> None:
    done = cmake.generate("cmake", "--install", "build", "--prefix", str(tmp_path / "there"))
    assert done.status == 0
    assert (tmp_path / "there/bin/app").read_bytes() == (cmake.folder / "app").read_bytes()
    cmake.generate("ctest", "--test-dir", "build")
    _settled(cmake, "app", "49\n")
    cmake.make("test")
    run(["cmake", "-DCMAKE_INSTALL_PREFIX=" + str(tmp_path / "two"), "build"], cmake.root)
    cmake.make("install")
    assert (tmp_path / "two/bin/app").read_bytes() == (cmake.folder / "app").read_bytes()
    _settled(cmake, "app", "49\n")


def test_cmake_builds_through_the_other_ninjas(any_ninja: Existing) -> None:
    any_ninja.write(CMAKE)
    any_ninja.cmake()
    any_ninja.configure("--ninja", any_ninja.ninja[0])
    any_ninja.make()
    _settled(any_ninja, "app", "49\n")
    any_ninja.write({"cube.c": CUBE})
    any_ninja.replace("CMakeLists.txt", "square.c)", "square.c cube.c)")
    any_ninja.make()
    _settled(any_ninja, "app", "49\n")


LIBRARIES = """\
cmake_minimum_required(VERSION 3.20)
project(story C CXX)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/seven.txt 7)
add_custom_command(OUTPUT seven.h COMMAND sed "s/^/#define SEVEN /" ${CMAKE_SOURCE_DIR}/seven.txt
                   > seven.h DEPENDS seven.txt)
add_custom_command(OUTPUT made.c COMMAND cp ${CMAKE_SOURCE_DIR}/made.txt made.c DEPENDS made.txt)
add_library(parts OBJECT square.c)
add_library(arch STATIC cube.c made.c $<TARGET_OBJECTS:parts>)
add_library(shared SHARED shared.c)
target_link_libraries(shared PRIVATE arch)
set_target_properties(parts arch PROPERTIES POSITION_INDEPENDENT_CODE ON)
add_executable(app main.cpp unity1.cpp unity2.cpp ${CMAKE_CURRENT_BINARY_DIR}/seven.h)
target_include_directories(app PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
target_link_libraries(app PRIVATE arch shared)
target_precompile_headers(app PRIVATE <vector> <string>)
set_target_properties(app PROPERTIES UNITY_BUILD ON)
install(TARGETS app arch shared)
"""
LIBRARY_SOURCES = {
    "CMakeLists.txt": LIBRARIES, "seven.txt": "7\n", "square.c": SQUARE, "cube.c": CUBE,
    "made.txt": "int made(void) { return 1000; }\n",
    "shared.c": "int square(int);\nint shared(void) { return square(100); }\n",
    "main.cpp": '#include <cstdio>\n#include "seven.h"\nextern "C" { int square(int); '
                "int cube(int); int made(void); int shared(void); }\nint one(); int two();\n"
                "int main() { std::vector<int> v{square(SEVEN), cube(2), made(), shared(), one(), "
                'two()};\nfor (int x : v) std::printf("%d ", x); }\n',
    "unity1.cpp": 'int one() { return (int)std::string("1").size(); }\n',
    "unity2.cpp": "int two() { return 2; }\n",
}
LIBRARY_OUTPUT = "49 8 1000 10000 1 2 "


@pytest.mark.parametrize("options", [
    (), ("-DCMAKE_NINJA_FORCE_RESPONSE_FILE=1",), ("-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON",),
    ("-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DCMAKE_C_COMPILER_LAUNCHER=env;LAUNCHED=1",
     "-DCMAKE_CXX_COMPILER_LAUNCHER=env;LAUNCHED=1"),
    ("-DCMAKE_JOB_POOLS=two=2;one=1", "-DCMAKE_JOB_POOL_COMPILE=two", "-DCMAKE_JOB_POOL_LINK=one"),
], ids=["plain", "response files", "CMake's own LTO", "launcher", "pools"])
def test_everything_that_cmake_makes(existing: Existing, tmp_path: Path,
                                     options: tuple[str, ...]) -> None:
    existing.write(LIBRARY_SOURCES)
    existing.cmake(*options)
    existing.configure()
    existing.make()
    assert existing.output("app") == LIBRARY_OUTPUT
    assert existing.is_lto("app", "cube")
    assert any(name.startswith("ltogen.out/native/libshared.so/") for name in existing.files())
    assert existing.no_work()
    # The archive is installed: it must be there, and for any linker if it was.
    existing.generate("cmake", "--install", "build", "--prefix", str(tmp_path / "there"))
    if options[:1] != ("-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON",):
        members = run(["ar", "p", "libarch.a"], existing.folder)
        assert members.status == 0
        assert b"\x7fELF" in subprocess.run(["ar", "p", "libarch.a"], cwd=existing.folder,
                                            capture_output=True, check=True).stdout
    existing.write({"seven.txt": "8\n", "made.txt": "int made(void) { return 2000; }\n"})
    existing.make()
    assert existing.output("app") == LIBRARY_OUTPUT.replace("49", "64").replace("1000 ", "2000 ", 1)
    assert existing.no_work()
    existing.plain()
    assert existing.output("app") == LIBRARY_OUTPUT.replace("49", "64").replace("1000 ", "2000 ", 1)
    existing.make()
    assert existing.output("app") == LIBRARY_OUTPUT.replace("49", "64").replace("1000 ", "2000 ", 1)
    assert existing.is_lto("app", "cube")
    assert existing.no_work()


def _new_cmake() -> str:
    """A CMake that scans for C++ modules, if the environment or PATH has one."""
    program = os.environ.get("LTOGEN_TEST_CMAKE", "cmake")
    if not shutil.which(program):
        return ""
    version = re.search(r"version (\d+)\.(\d+)", run([program, "--version"], Path("/")).stdout)
    return program if version and tuple(map(int, version.groups())) >= (3, 28) else ""


MODULES = {
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.28)
project(story CXX)
set(CMAKE_CXX_STANDARD 20)
add_executable(app main.cpp)
target_sources(app PRIVATE FILE_SET CXX_MODULES FILES square.cppm)
""",
    "square.cppm": "export module square;\nexport int square(int x);\n"
                   "int square(int x) { return x * x; }\n",
    "main.cpp": "#include <cstdio>\nimport square;\n"
                "int main() { std::printf(\"%d\\n\", square(7)); }\n",
}


@pytest.mark.skipif(not _new_cmake(), reason="no CMake 3.28; LTOGEN_TEST_CMAKE names one")
@pytest.mark.parametrize("ipo", [True, False])
def test_modules_of_cxx_20(existing: Existing, ipo: bool) -> None:
    existing.write(MODULES)
    existing.cmake("-DCMAKE_CXX_FLAGS=-flto=thin" if ipo else "-DN=1", program=_new_cmake())
    existing.configure()
    existing.make()
    assert existing.output("app") == "49\n"
    assert existing.no_work()
    existing.replace("square.cppm", "x * x", "x + x")
    existing.make()
    assert existing.output("app") == "14\n"
    assert existing.no_work()
    assert not any("square" in name for name in existing.symbols("app"))
    existing.plain()
    assert existing.output("app") == "14\n"
    existing.replace("square.cppm", "x + x", "x * x")
    existing.make()
    assert existing.output("app") == "49\n"
    assert existing.no_work()


# --- Meson ---


@pytest.fixture
def meson(existing: Existing) -> Iterator[Existing]:
    """Meson's build of a small program, taken over and up to date."""
    if not MESON:
        pytest.skip("no meson")
    existing.write({"main.c": MAIN, "square.c": SQUARE, "meson.build": """\
project('story', 'c', default_options: ['buildtype=release'])
parts = static_library('parts', 'square.c')
app = executable('app', 'main.c', link_with: parts, install: true)
test('app', app)
"""})
    existing.build = "build"
    existing.generate(MESON, "setup", "build", env={"CC": CC, "CXX": CXX, "CC_LD": "lld",
                                                    "LDFLAGS": "-Wl,--gc-sections",
                                                    "NINJA": NINJA})
    existing.configure()
    existing.make()
    yield existing


def test_meson_build_is_edited(meson: Existing) -> None:
    _settled(meson, "app", "49\n")
    meson.write({"cube.c": CUBE, "main.c": MAIN.replace("square", "cube")})
    meson.replace("meson.build", "'square.c'", "'square.c', 'cube.c'")
    meson.make()
    _settled(meson, "app", "343\n", "cube")
    meson.replace("meson.build", "'square.c', 'cube.c'", "'cube.c'")
    meson.make()
    _settled(meson, "app", "343\n", "cube")
    assert not [name for name in meson.files() if "square" in name]
    meson.replace("meson.build", "'main.c'", "'main.c', c_args: '-DN=3'")
    meson.replace("main.c", "(7)", "(N)")
    meson.make()
    _settled(meson, "app", "27\n", "cube")


def test_meson_installs_and_tests_what_ltogen_built(meson: Existing, tmp_path: Path) -> None:
    meson.generate(MESON, "install", "-C", "build", "--no-rebuild", "--destdir",
                   str(tmp_path / "there"))
    found = [path for path in (tmp_path / "there").rglob("app") if path.is_file()]
    assert len(found) == 1
    meson.generate(MESON, "test", "-C", "build", "--no-rebuild")
    _settled(meson, "app", "49\n")
