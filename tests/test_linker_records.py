"""Files that a link reads without naming them are its inputs, and so is where it looks in vain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.linked import CUBE, MAIN, SQUARE, Linked
from tests.support.sources import compile_with
from tests.support.system_toolchain import AR, CC, needs_clang
from tests.support.workspace import Workspace, run

NATIVE = ("-O2", "-fPIC")
BITCODE = (*NATIVE, "-flto=thin")
NUMBER = "int number(void) {{ return {}; }}\n"
MODULES = ("main.o", "square.o", "cube.o", "-o", "app")


@pytest.fixture
def linked(tmp_path: Path) -> Linked:
    """A program of bitcode that needs a native `number`, which prints it."""
    made = Linked(tmp_path / "work")
    made.write({"main.c": "int number(void);\n" + MAIN.replace("square(7)", "number()"),
                "square.c": SQUARE, "cube.c": CUBE,
                **{f"{name}/number.c": NUMBER.format(value)
                   for value, name in enumerate(("far", "near"), 1)}})
    made.compile("main.c", "square.c", "cube.c")
    made.compile("far/number.c", "near/number.c", flags=NATIVE)
    return made


def _check(linked: Linked, number: int, *words: str) -> None:
    """A link makes a program that prints the number, and then has nothing to do."""
    linked.link(*MODULES, *words)
    assert linked.output() == f"{number} 27\n"
    assert linked.link(*MODULES, *words) == "up to date"


@needs_clang
@pytest.mark.parametrize("words", [("far/libnumber.a",), ("-Lfar", "-lnumber"),
                                   ("-Lfar", "-l:libnumber.a"), ("script.ld",)])
def test_a_member_of_a_thin_archive(linked: Linked, words: tuple[str, ...]) -> None:
    linked.write({"script.ld": "INPUT(far/libnumber.a)\n"})
    linked.run([AR, "--thin", "rcs", "far/libnumber.a", "far/number.o"])
    _check(linked, 1, *words)
    linked.write({"far/number.c": NUMBER.format(5)})
    linked.compile("far/number.c", flags=NATIVE)
    _check(linked, 5, *words)


@needs_clang
@pytest.mark.parametrize("script", ["INPUT(-lreal)", "GROUP(AS_NEEDED(libreal.a))",
                                    "INPUT(\"libreal.a\")"])
def test_where_a_script_s_library_was_not(linked: Linked, script: str) -> None:
    linked.write({"far/libnumber.so": f"/* text */ {script}\n"})
    linked.run([AR, "rcs", "far/libreal.a", "far/number.o"])
    words = ("-Lnear", "-Lfar", "-lnumber")
    _check(linked, 1, *words)
    if "-l" not in script:
        # The folder of the script comes first, then this one.
        (linked.folder / "far/libreal.a").unlink()
        linked.run([AR, "rcs", "libreal.a", "near/number.o"])
    else:
        linked.run([AR, "rcs", "near/libreal.a", "near/number.o"])
    _check(linked, 2, *words)


@needs_clang
def test_a_version_script_that_appears_nearer(linked: Linked) -> None:
    linked.write({"far/v.ver": "V1 { global: *; };\n"})
    words = ("far/number.o", "-shared", "-Lfar", "-Wl,--version-script=v.ver", "-o", "app.so")
    linked.compile("main.c", "square.c", "cube.c", flags=("-O2", "-fPIC", "-flto=thin"))
    linked.link(*MODULES[:3], *words)
    assert linked.link(*MODULES[:3], *words) == "up to date"
    linked.write({"v.ver": "V2 { global: *; };\n"})
    assert linked.link(*MODULES[:3], *words) == "0 of 3 modules compiled"
    assert b"V2\0" in (linked.folder / "app.so").read_bytes()


@needs_clang
def test_a_folder_of_the_sysroot(linked: Linked) -> None:
    linked.write({"root/lib/unused": ""})
    words = ("-Wl,--sysroot=root", "-Wl,-L=/lib,-Lfar", "-lnumber")
    linked.run([AR, "rcs", "far/libnumber.a", "far/number.o"])
    _check(linked, 1, *words)
    linked.run([AR, "rcs", "root/lib/libnumber.a", "near/number.o"])
    _check(linked, 2, *words)


@needs_clang
def test_a_library_that_an_object_asks_for(linked: Linked) -> None:
    linked.write({"asks.c": "#pragma comment(lib, \"number\")\nint asked;\n"})
    linked.compile("asks.c", flags=NATIVE)
    words = ("asks.o", "-Lnear", "-Lfar")
    linked.run([AR, "rcs", "far/libnumber.a", "far/number.o"])
    _check(linked, 1, *words)
    linked.run([AR, "rcs", "near/libnumber.a", "near/number.o"])
    _check(linked, 2, *words)


# Each kind of file that a link reads: what it has first and then, and the words that name it.
KINDS = {
    "version script": ("v.ver", "{ global: square; local: *; };\n",
                       "{ global: cube; local: *; };\n", ("-Wl,--version-script=v.ver",)),
    "dynamic list": ("list", "{ square; };\n", "{ cube; };\n",
                     ("-Wl,--no-export-dynamic,--dynamic-list=list",)),
    "export list": ("list", "{ square; };\n", "{ cube; };\n",
                    ("-Wl,--no-export-dynamic,--export-dynamic-symbol-list=list",)),
    "symbol order": ("order", "square\ncube\nmain\n", "main\ncube\nsquare\n",
                     ("-Wl,--symbol-ordering-file=order",)),
    "call graph": ("calls", "main square 100\n", "cube main 100\n",
                   ("-Wl,--call-graph-ordering-file=calls",)),
    "symbols to keep": ("keep", "square\nmain\n", "cube\nmain\n",
                        ("-Wl,--retain-symbols-file=keep",)),
    "script": ("s.ld", "extra = 1;\n", "extra = 2;\n", ("s.ld",)),
    "script of an option": ("s.ld", "SECTIONS { extra = 1; } INSERT AFTER .text;\n",
                            "SECTIONS { extra = 2; } INSERT AFTER .text;\n", ("-Wl,-T,s.ld",)),
    "included script": ("inner.ld", "extra = 1;\n", "extra = 2;\n", ("outer.ld",)),
    "response file": ("one.rsp", "-defsym=extra=1\n", "-defsym=extra=2\n", ("-Wl,@one.rsp",)),
    "response file in another": ("one.rsp", "-defsym=extra=1\n", "-defsym=extra=2\n",
                                 ("-Wl,@two.rsp",)),
    "sample profile": ("p.prof", "main:1:0\n 1: 1\n", "main:99999:9999\n 1: 9999\n",
                       ("-Wl,--lto-sample-profile=p.prof",)),
    "symbols of another program": ("other", "1", "2", ("-Wl,--just-symbols=other",)),
}


@needs_clang
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_file_that_a_link_reads(linked: Linked, kind: str) -> None:
    """The file alone is edited: the next link is that of lld."""
    name, before, after, words = KINDS[kind]
    linked.write({"outer.ld": "INCLUDE inner.ld\n", "two.rsp": "@one.rsp\n"})
    command = (*MODULES[:3], "far/number.o", "-Wl,--export-dynamic", *words, "-o", "app")
    made = []
    for text in (before, after, before):
        _write_read(linked, name, text)
        assert "compiled" in linked.link(*command)
        made.append((linked.folder / "app").read_bytes())
        assert linked.link(*command) == "up to date"
    assert made[0] == made[2] == linked.clean(*command)
    assert made[0] != made[1] or kind == "sample profile"


def _write_read(linked: Linked, name: str, text: str) -> None:
    """Write a file that a link reads: text, or a program with a symbol of that value."""
    if name != "other":
        linked.write({name: text})
        return
    linked.write({"other.s": f".globl extra\nextra = {text}\n"})
    done = linked.run([CC, "-c", "other.s", "-o", "other"])
    assert done.status == 0, done.text


@needs_clang
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(("flags", "words"), [
    (NATIVE, ("far/libouter.a",)), (NATIVE, ("-Lfar", "-louter")), (NATIVE, ("script.ld",)),
    (BITCODE, ("far/libouter.a",)), (BITCODE, ("-Lfar", "-louter"))])
def test_a_thin_archive_s_member_is_made_anew(linked: Linked, flags: tuple[str, ...],
                                              nested: bool, words: tuple[str, ...]) -> None:
    """The archive itself stays as it is."""
    linked.write({"script.ld": "INPUT(far/libouter.a)\n"})
    linked.compile("far/number.c", flags=flags)
    members = ["far/number.o"]
    if nested:
        linked.run([AR, "--thin", "rcs", "far/libinner.a", *members])
        members = ["far/libinner.a"]
    linked.run([AR, "--thin", "rcs", "far/libouter.a", *members])
    _check(linked, 1, *words)
    linked.write({"far/number.c": NUMBER.format(5)})
    linked.compile("far/number.c", flags=flags)
    _check(linked, 5, *words)
    (linked.folder / "far/number.o").unlink()
    assert linked.try_link(*MODULES, *words).status != 0


@needs_clang
def test_an_output_that_a_script_names_is_lld_s(linked: Linked) -> None:
    linked.write({"out.ld": "OUTPUT(named)\n"})
    done = linked.try_link(*MODULES[:3], "far/number.o", "out.ld", "-Wl,-z,now")
    assert done.status == 0, done.text  # the driver says -o a.out
    assert (linked.folder / "a.out").exists()


def _native_library(workspace: Workspace, number: int) -> None:
    workspace.write({"lib/number.c": NUMBER.format(number)})
    compile_with(workspace, "lib/number.c", "lib/number.o", "-fPIC")


PROJECT = {
    "ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        libraries = ["lib/libnumber.a"]
        """,
    "main.c": """
        #include <stdio.h>
        int number(void);
        int main(void) { printf("%d\\n", number()); return 0; }
        """,
}


@needs_clang
def test_a_thin_archive_of_a_project(any_workspace: Workspace) -> None:
    """Its members are inputs of the thin link; the final link follows."""
    workspace = any_workspace
    workspace.write(PROJECT)
    _native_library(workspace, 1)
    made = run([AR, "--thin", "rcs", "lib/libnumber.a", "lib/number.o"], workspace.root)
    assert made.status == 0, made.text
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "1\n"
    assert workspace.no_work()
    _native_library(workspace, 2)
    assert [edge for edge in workspace.make().edges if edge != "configure"] == [
        "link out/program", "thin link out/program"]
    assert workspace.output("program") == "2\n"
    assert workspace.no_work()
