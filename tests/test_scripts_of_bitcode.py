"""Bitcode behind linker scripts: in the graph, or known to be none of it before the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.existing_build import Existing, behaviour, check, existing
from tests.support.linked import CUBE, SQUARE, Linked, three_modules
from tests.support.sources import archive, compile_with
from tests.support.system_toolchain import AR, needs_clang
from tests.support.workspace import Workspace
from tests.test_modes import MODES, project

# What a link says, and the scripts; each finds `square` and `cube` behind them.
PLACES = {
    "a library": (("-L.", "-lboth"), {"libboth.so": "GROUP ( libreal.a )"}),
    "a library as a file": (("./libboth.so",), {"libboth.so": "/* GNU */ INPUT(libreal.a)"}),
    "objects": (("both.lds",), {"both.lds": "INPUT(square.o cube.o)"}),
    "a native object too": (("both.lds",), {"both.lds": "GROUP(square.o) INPUT(native.o cube.o)"}),
    "a format": (("both.lds",), {"both.lds":
                 "OUTPUT_FORMAT(elf64-x86-64)\nGROUP(./square.o AS_NEEDED(-lm) cube.o)"}),
    "a script of a script": (("both.lds",), {"both.lds": "INPUT(inner.lds)",
                                             "inner.lds": "INPUT(-lreal)"}),
    "an included script": (("both.lds",), {"both.lds": "INCLUDE inner.lds INPUT(cube.o)",
                                           "inner.lds": "INPUT(square.o)"}),
    "the script of the link": (("-Wl,--script=both.lds",), {
        "both.lds": "INPUT(square.o cube.o)"}),
    "a whole archive": (("-Wl,--whole-archive", "both.lds", "-Wl,--no-whole-archive"),
                        {"both.lds": "INPUT(libreal.a)"}),
    "lazy": (("-Wl,--start-lib", "both.lds", "-Wl,--end-lib"),
             {"both.lds": "GROUP(square.o cube.o)"}),
}
# The same for lld alone.
ALONE = {
    "sections": (("both.lds",), {"both.lds": "INPUT(square.o cube.o)\n"
                                 "SECTIONS { .mine : { *(.mine) } } INSERT AFTER .text"}),
    "a symbol": (("both.lds",), {"both.lds": "mine = 42; INPUT(square.o cube.o)"}),
    "a symbol of an inner script": (("both.lds",), {
        "both.lds": "INPUT(inner.lds)", "inner.lds": "PROVIDE(mine = 42); INPUT(square.o cube.o)"}),
    "an entry": (("both.lds",), {"both.lds": "ENTRY(_start) INPUT(square.o cube.o)"}),
    "folders": (("both.lds",), {"both.lds": "SEARCH_DIR(.) INPUT(libreal.a)"}),
}


@pytest.fixture
def linked(tmp_path: Path) -> Linked:
    """Three modules, an archive of two of them, and a native object."""
    made = three_modules(tmp_path / "work")
    made.write({"native.c": "int native(void) { return 1; }\n"})
    made.compile("native.c", flags=("-O2",))
    _archive(made)
    return made


def _archive(made: Linked) -> None:
    (made.folder / "libreal.a").unlink(missing_ok=True)
    assert made.run([AR, "qcs", "libreal.a", "square.o", "cube.o"]).status == 0


@needs_clang
@pytest.mark.parametrize("place", PLACES)
def test_ld_takes_what_scripts_name(linked: Linked, place: str) -> None:
    words, scripts = PLACES[place]
    linked.write(scripts)
    words = ("main.o", *words, "-L.", "-o", "app")
    assert linked.link(*words) == "3 of 3 modules compiled"
    assert linked.output() == "49 27\n"
    assert linked.link(*words) == "up to date"
    linked.write({"square.c": SQUARE.replace("x * x", "x * x + 1")})
    linked.compile("square.c")
    _archive(linked)
    linked.link(*words)
    assert linked.output() == "50 30\n"
    assert (linked.folder / "app").read_bytes() == linked.clean(*words)


@needs_clang
def test_ld_sees_another_script(linked: Linked) -> None:
    linked.write({"both.lds": "INPUT(square.o cube.o)"})
    words = ("main.o", "both.lds", "-o", "app")
    linked.link(*words)
    linked.write({"other.c": CUBE.replace("x *", "1000 + x *"),
                  "both.lds": "INPUT(square.o other.o)"})
    linked.compile("other.c")
    linked.link(*words)
    assert linked.output() == "49 1027\n"
    assert linked.link(*words) == "up to date"


@needs_clang
@pytest.mark.parametrize("place", ALONE)
def test_ld_leaves_the_rest_to_lld(linked: Linked, place: str) -> None:
    words, scripts = ALONE[place]
    linked.write(scripts)
    done = linked.try_link("main.o", *words, "-o", "app")
    assert done.status == 0, done.text
    assert done.stderr.count("\n") == 1
    assert "app is left to lld: it takes" in done.stderr
    assert linked.output() == "49 27\n"


@needs_clang
def test_ld_keeps_scripts_without_bitcode(linked: Linked) -> None:
    linked.write({"native.lds": "mine = 42; INPUT(native.o)"})
    assert linked.link("main.o", "square.o", "cube.o", "native.lds", "-o", "app") == (
        "3 of 3 modules compiled")
    assert linked.output() == "49 27\n"


_MAIN = """\
#include <stdio.h>
int square(int); int cube(int);
int main(int n, char **v) { (void)v; printf("%d\\n", square(n + 6) + cube(3) + 40); return 0; }
"""


def _taken_over(tmp_path: Path, flags: str, words: tuple[str, ...], scripts: dict[str, str],
                depends: str = "") -> Existing:
    return existing(tmp_path / "build", {
        "main.c": _MAIN, "square.c": SQUARE, "cube.c": CUBE,
        "native.c": "int native(void) { return 1; }\n", **scripts, "build.ninja": f"""
        cflags = -O2 {flags}
        build main.o: cc main.c
        build square.o: cc square.c
        build cube.o: cc cube.c
        build native.o: cc native.c
        build libreal.a: ar square.o cube.o
        build app: link main.o | square.o cube.o native.o libreal.a {depends}
          libs = {" ".join(words)} -L. -flto=thin
        """})


@needs_clang
@pytest.mark.parametrize("flags", ["", "-flto=thin"], ids=["native", "bitcode"])
@pytest.mark.parametrize("place", PLACES)
def test_a_taken_over_build(tmp_path: Path, place: str, flags: str) -> None:
    words, scripts = PLACES[place]
    build = _taken_over(tmp_path, flags, words, scripts)
    check(build, "app", edit=("square.c", "x * x", "x * x + 1"))
    assert any("square.o" in name for name in build.imports("app")["main.o"])


@needs_clang
@pytest.mark.parametrize("flags", ["", "-flto=thin"], ids=["native", "bitcode"])
@pytest.mark.parametrize("place", ALONE)
def test_a_taken_over_build_keeps_its_command(tmp_path: Path, place: str, flags: str) -> None:
    """Bitcode that the build makes itself would fail in the link; native objects do not."""
    words, scripts = ALONE[place]
    build = _taken_over(tmp_path, flags, words, scripts)
    build.write({"build.ninja": build.sources["build.ninja"]
                 + "build other: link main.o square.o cube.o\n"})
    check(build, "app", "other", edit=("square.c", "x * x", "x * x + 1"),
          warned=("app",) if flags else ())


@needs_clang
@pytest.mark.parametrize("flags", ["", "-flto=thin"], ids=["native", "bitcode"])
def test_a_script_that_the_driver_hands_over(tmp_path: Path, flags: str) -> None:
    build = _taken_over(tmp_path, flags, ("-T", "both.lds"),
                        {"both.lds": "INPUT(square.o cube.o)"}, "both.lds")
    build.write({"build.ninja": build.sources["build.ninja"]
                 + "build other: link main.o square.o cube.o\n"})
    check(build, "app", "other", edit=("square.c", "x * x", "x * x + 1"),
          warned=("app",) if flags else ())


@needs_clang
def test_a_script_that_comes_to_name_bitcode(tmp_path: Path) -> None:
    build = _taken_over(tmp_path, "-flto=thin", ("square.o", "cube.o", "x.lds"),
                        {"x.lds": "INPUT(native.o)"}, "x.lds")
    build.take_over()
    build.make()
    assert behaviour(build.folder, "app") == (0, "116\n")
    build.write({"x.lds": "INPUT(native.o another.o)",
                 "another.c": "int another(void) { return 1; }\n"})
    build.shell("$CC -O2 -flto=thin -c another.c -o another.o")
    build.make()
    assert behaviour(build.folder, "app") == (0, "116\n")
    assert "another.o" in build.natives("app")
    assert "no work to do" in build.make().stdout


def _members(workspace: Workspace, *flags: str) -> None:
    for name in ("square", "cube"):
        compile_with(workspace, f"lib/{name}.c", f"lib/{name}.o", "-fPIC", *flags)
    (workspace.root / "lib/libreal.a").unlink(missing_ok=True)
    archive(workspace, "lib/libreal.a", "lib/square.o", "lib/cube.o")


_LIBRARY = {"main.c": _MAIN, "lib/square.c": SQUARE, "lib/cube.c": CUBE}


@pytest.mark.parametrize(("libraries", "script"), [
    ('["lib/libboth.so"]', "GROUP ( libreal.a )"),
    ('["both"]', "INPUT(square.o) GROUP(-lreal)"),
    ('["real"]', ""),
], ids=["file", "looked for", "archive that is looked for"])
def test_a_project(workspace: Workspace, libraries: str, script: str) -> None:
    workspace.write({
        **_LIBRARY, "lib/libboth.so": script,
        "ltogen.toml": project().replace(
            'sources = ["*.c"]', 'sources = ["main.c"]\nlink-args = ["-L{root}/lib"]\n'
            f"libraries = {libraries}")})
    _members(workspace, "-flto=thin")
    workspace.configure()
    workspace.make()
    assert {mode: workspace.output(mode) for mode in MODES} == dict.fromkeys(MODES, "116\n")
    assert workspace.no_work()
    workspace.write({"lib/square.c": SQUARE.replace("x * x", "x * x + 1")})
    _members(workspace, "-flto=thin")
    workspace.make()
    assert {mode: workspace.output(mode) for mode in MODES} == dict.fromkeys(MODES, "120\n")
    assert workspace.no_work()
    if workspace.toolchain == "embedded":
        return  # zig reads scripts of native code itself, and looks for what they name here alone
    workspace.write({"lib/libboth.so": script.replace("square.o", "square.o cube.o"),
                     "lib/square.c": SQUARE})
    _members(workspace)
    workspace.make()
    assert {mode: workspace.output(mode) for mode in MODES} == dict.fromkeys(MODES, "116\n")
    assert workspace.no_work()


@pytest.mark.parametrize(("words", "script", "said"), [
    ('libraries = ["lib/x.lds"]', "mine = 42; INPUT(square.o)", "libraries: "),
    ('link-args = ["-Wl,-T,lib/x.lds"]', "INPUT(square.o)", "link-args: "),
    ('link-args = ["lib/libreal.a"]', "", "link-args: "),
    ('link-args = ["-Llib", "-lreal"]', "", "link-args: "),
], ids=["directive", "script of the link", "archive", "library"])
def test_a_project_is_refused_before_it_is_built(any_workspace: Workspace, words: str, script: str,
                                                 said: str) -> None:
    any_workspace.write({**_LIBRARY, "lib/x.lds": script, "ltogen.toml": f"""
        [targets.app]
        kind = "executable"
        sources = ["main.c"]
        {words}
        """})
    _members(any_workspace, "-flto=thin")
    done = any_workspace.try_configure()
    assert done.status == 1, done.text
    assert done.stderr.startswith(f"ltogen: [targets.app] {said}"), done.text
    assert done.stderr.count("\n") == 1
