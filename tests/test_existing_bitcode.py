"""Bitcode that is there before: prebuilt files, and builds that ask for LTO themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.existing_build import ADD, USES_ADD, Existing, behaviour, check, existing
from tests.support.system_toolchain import AR, needs_clang
from tests.support.workspace import run

pytestmark = needs_clang

PROGRAM = {
    "main.c": USES_ADD, "a.c": ADD,
    "helper.c": "int unused(void);\nint add(int x) { return x + 40; }\n",
    "loud.c": """\
        #include <stdio.h>
        __attribute__((constructor)) static void begin(void) { puts("constructed"); }
        int loud(void) { return 5; }
        """,
}
# Each makes `lib` from a.c and loud.c, as somebody did before this build.
PREBUILT = {
    "bitcode": "$CC -O2 -flto=thin -c a.c -o p/a.o; $CC -O2 -flto=thin -c loud.c -o p/loud.o;"
               "$AR qcs p/lib.a p/a.o p/loud.o; rm p/*.o",
    "native": "$CC -O2 -c a.c -o p/a.o; $CC -O2 -c loud.c -o p/loud.o;"
              "$AR qcs p/lib.a p/a.o p/loud.o; rm p/*.o",
    "both": "$CC -O2 -flto=thin -c a.c -o p/a.o; $CC -O2 -c loud.c -o p/loud.o;"
            "$AR qcs p/lib.a p/a.o p/loud.o; rm p/*.o",
    "both, native first": "$CC -O2 -c a.c -o p/a.o; $CC -O2 -flto=thin -c loud.c -o p/loud.o;"
                          "$AR qcs p/lib.a p/loud.o p/a.o; rm p/*.o",
    "thin archive": "$CC -O2 -flto=thin -c a.c -o p/a.o; $CC -O2 -c loud.c -o p/loud.o;"
                    "rm -f p/lib.a; $AR rcs --thin p/lib.a p/a.o p/loud.o",
    "full": "$CC -O2 -flto -c a.c -o p/a.o; $CC -O2 -flto -c loud.c -o p/loud.o;"
            "$AR qcs p/lib.a p/a.o p/loud.o; rm p/*.o",
    "split units": "$CC -O2 -flto=thin -fsplit-lto-unit -c a.c -o p/a.o;"
                   "$CC -O2 -flto=thin -fsplit-lto-unit -c loud.c -o p/loud.o;"
                   "$AR qcs p/lib.a p/a.o p/loud.o; rm p/*.o",
    "no summary": "$CC -O2 -emit-llvm -c a.c -o p/a.o; $CC -O2 -c loud.c -o p/loud.o;"
                  "$AR qcs p/lib.a p/a.o p/loud.o; rm p/*.o",
    "same names": "mkdir -p p/x; $CC -O2 -flto=thin -c a.c -o p/a.o;"
                  "$CC -O2 -flto=thin -c loud.c -o p/x/a.o; $AR qcs p/lib.a p/x/a.o p/a.o;"
                  "rm p/*.o p/x/a.o",
    "long names": "$CC -O2 -flto=thin -c a.c -o 'p/a long name of ünï.o';"
                  "$AR qcs p/lib.a p/*.o; rm p/*.o",
    "fat": "$CC -O2 -flto=thin -ffat-lto-objects -c a.c -o p/a.o; $AR qcs p/lib.a p/a.o; rm p/*.o",
}
INLINED = {"bitcode", "both", "thin archive", "split units", "same names", "long names"}
LINKED = """\
build main.o: cc main.c
build app: link main.o p/lib.a
build named: link main.o | p/lib.a
  libs = -Lp -l:lib.a
build whole: link main.o | p/lib.a
  libs = -Wl,--whole-archive p/lib.a -Wl,--no-whole-archive
"""


@pytest.mark.parametrize("kind", PREBUILT)
def test_prebuilt_archives(tmp_path: Path, kind: str) -> None:
    """Prebuilt archives take part with their bitcode; one that changes later is read again."""
    # LLVM imports nothing between units that are split and others.
    cflags = "-O2 -flto=thin -fsplit-lto-unit" if kind == "split units" else "-O2"
    build = existing(tmp_path / "build", {**PROGRAM, "p/.keep": "",
                                          "build.ninja": f"cflags = {cflags}\n{LINKED}"})
    build.shell(PREBUILT[kind])
    build.plain()
    assert build.take_over().stderr == ""
    build.make()
    assert "no work to do" in build.make().stdout
    programs = ("app", "named", "whole")
    _same(build, programs)
    if kind in INLINED:
        assert all(any("lib.a" in one for one in build.imports(program)["main.o"])
                   for program in programs), build.imports("app")
    for number, other in (("50", kind), ("60", "bitcode" if kind == "native" else "native")):
        build.write({"a.c": ADD.replace("40", number)})
        build.shell("rm -rf p/*")
        build.shell(PREBUILT[other])
        run(["rm", "-rf", str(build.twin)], tmp_path)
        build.plain()
        done = build.try_make()
        assert done.status == 0, (kind, other, done.text)
        assert "no work to do" in build.make().stdout
        _same(build, programs)


def _same(build: Existing, programs: tuple[str, ...]) -> None:
    for program in programs:
        assert behaviour(build.folder, program) == behaviour(build.twin, program), program


@pytest.mark.parametrize("flags", ["-flto=thin", "-flto", "-emit-llvm"])
def test_prebuilt_objects(tmp_path: Path, flags: str) -> None:
    """A prebuilt object, on a link by itself and in an archive that the build makes of it."""
    build = existing(tmp_path / "build", {**PROGRAM, "p/.keep": "", "build.ninja": """
        build main.o: cc main.c
        build libp.a: ar p/a.o p/loud.o
        build app: link main.o p/a.o
        build from_archive: link main.o libp.a
        """})
    command = f"$CC -O2 {flags} -c a.c -o p/a.o; $CC -O2 {flags} -c loud.c -o p/loud.o"
    build.shell(command)
    build.plain()
    build.take_over()
    build.make()
    assert "no work to do" in build.make().stdout
    _same(build, ("app", "from_archive"))
    if "thin" in flags:
        assert build.imports("app")["main.o"] == {"p/a.o"}
    build.write({"a.c": ADD.replace("40", "50")})
    build.shell(command)
    run(["rm", "-rf", str(build.twin)], tmp_path)
    build.plain()
    build.make()
    _same(build, ("app", "from_archive"))


def test_prebuilt_split_units(tmp_path: Path) -> None:
    """LLVM does not import between them and other modules: such a link stays as it was."""
    build = existing(tmp_path / "build", {**PROGRAM, "p/.keep": "", "build.ninja": LINKED})
    build.shell(PREBUILT["split units"])
    done = build.try_take_over()
    assert done.status == 1 and done.stdout == "", done.text
    assert re.fullmatch(r"ltogen: nothing to take over: app is not optimised: it takes p/lib\.a, "
                        r"made with -fsplit-lto-unit, and main\.o, made without\n", done.stderr)


def _kinds(build: Existing, archive: str) -> set[bytes]:
    folder = build.folder / f"{archive}.members"
    folder.mkdir()
    done = run([AR, "x", str(build.folder / archive)], folder)
    assert done.status == 0, done.text
    return {path.read_bytes()[:4] for path in folder.iterdir()}


@pytest.mark.parametrize("flags", ["-flto=thin", "-flto", "-flto=thin -fsplit-lto-unit",
                                   "-flto=thin -ffat-lto-objects", "-flto=full -O1"])
def test_builds_with_lto(tmp_path: Path, flags: str) -> None:
    """What had LTO before has it still, and archives for others keep their bitcode.

    `alone.o` asks for no LTO: it stays native.
    """
    build = existing(tmp_path / "build", {
        **PROGRAM, "alone.c": "int alone(void) { return 1; }\n", "build.ninja": f"""
        cflags = -O2 -fPIC {flags}
        build main.o: cc main.c
        build a.o: cc a.c
        build loud.o: cc loud.c
        build alone.o: cc alone.c
          cflags = -O2 -fPIC {flags} -fno-lto
        build liba.a: ar a.o loud.o
        build libalone.a: ar alone.o
        build copy.a: run liba.a
          do = cp $in $out
        build app: link main.o liba.a libalone.a alone.o
          flags = {flags}
        build lib.so: link a.o loud.o
          flags = -shared {flags}
        build all: phony app copy.a lib.so libalone.a
        """})
    check(build, "app")
    assert any("a.o" in imported for imported in build.imports("app").values())
    assert "alone.o" not in build.imports("app")
    twin = Existing(build.twin)
    kinds = _kinds(build, "copy.a")
    assert kinds == _kinds(twin, "copy.a")


def test_named_targets_with_lto(tmp_path: Path) -> None:
    """A build with LTO, and one named link: the others are plain, from the same bitcode."""
    build = existing(tmp_path / "build", {**PROGRAM, "build.ninja": """
        cflags = -O2 -flto=thin
        flags = -flto=thin
        build main.o: cc main.c
        build a.o: cc a.c
        build loud.o: cc loud.c
        build liba.a: ar a.o loud.o
        build app: link main.o liba.a
        build one: link main.o liba.a
        build two: link main.o a.o
        """})
    build.plain()
    assert build.take_over("app").stderr == ""
    done = build.make()
    _same(build, ("app", "one", "two"))
    assert len([edge for edge in done.edges if edge.endswith("main.c")]) == 1
    assert {path.name for path in build.out("native").iterdir()} == {"app"}
    assert build.imports("app")["main.o"] == {"a.o"}
    assert "no work to do" in build.make().stdout


def test_one_source_without_lto(tmp_path: Path) -> None:
    """`-fno-lto` is a wish: that source stays native, without a warning."""
    build = existing(tmp_path / "build", {**PROGRAM, "build.ninja": """
        build main.o: cc main.c
        build a.o: cc a.c
          cflags = -O2 -fno-lto
        build app: link main.o a.o
        """})
    check(build, "app")
    assert set(build.imports("app")) == {"main.o"}
    assert (build.folder / "a.o").read_bytes()[:4] == b"\x7fELF"
