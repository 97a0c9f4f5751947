"""What goes wrong while Ninja runs is told once, by the program that knows it best."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ltogen.toolchain import Request, choose
from tests.support.errors_helper import assert_one_line, content
from tests.support.workspace import Run, Workspace

MAIN = "int f(void); int main(void) { return f(); }\n"
PROJECT = '[targets.app]\nsources = ["*.c"]\n'


def _fails(workspace: Workspace, *arguments: str) -> Run:
    """Ninja stops, nobody's traceback is shown, and no draft of an output stays behind."""
    done = workspace.try_build("-k0", *arguments)
    assert done.status == 1, done
    assert "Traceback" not in done.text, done.text
    assert not list((workspace.root / workspace.build).rglob("*.new"))
    return done


def _messages(done: Run) -> list[str]:
    """The lines that are neither Ninja's own nor the command that failed, nor say what it is."""
    kept: list[str] = []
    lines = iter(done.stdout.splitlines())
    for line in lines:
        if line.startswith("FAILED: "):
            next(lines)  # the command
        elif not line.startswith(("[", "ninja: ", "ltogen: the link of ")):
            kept.append(line)
    return kept


def _fails_with_linkers_message(workspace: Workspace, message: str) -> str:
    """lld's message is there once, and nothing of ltogen's is around it."""
    workspace.configure()
    done = _fails(workspace)
    text = "\n".join(_messages(done))
    assert len(re.findall(message, text)) == 1, done.text
    assert "ltogen:" not in text
    assert text.count("error:") == 1, text
    assert not (workspace.root / "out/app").exists()
    return text


@pytest.mark.parametrize("lto", ["thin", "off"])
def test_undefined_symbol(workspace: Workspace, lto: str) -> None:
    workspace.write({"ltogen.toml": PROJECT + f'lto = "{lto}"\n', "main.c": MAIN})
    text = _fails_with_linkers_message(workspace, "undefined symbol: f\\b")
    first, *rest = text.splitlines()
    assert re.match(r"(\S*ld\.lld|error): ", first), "something is in front of lld's message"
    assert all(line.startswith(">>>") for line in rest if line), "something is behind it"
    workspace.write({"f.c": "int f(void) { return 0; }\n"})
    workspace.make()
    workspace.output("app")


@pytest.mark.parametrize("lto", ["thin", "fat", "combine", "off"])
def test_a_warning_of_every_link_is_said_once(workspace: Workspace, lto: str) -> None:
    workspace.write({"ltogen.toml": PROJECT + f'lto = "{lto}"\nlink-args = ["-Wl,-z,nonesuch"]\n',
                     "main.c": MAIN, "f.c": "int f(void) { return 0; }\n"})
    workspace.configure()
    assert workspace.make().text.count("unknown -z value: nonesuch") == 1
    workspace.write({"f.c": "int f(void) { return 0 * 2 + f != f; }\n"})
    workspace.make()
    workspace.output("app")


@pytest.mark.parametrize("lto", ["fat", "combine"])
def test_merged_code_is_named_after_the_product(workspace: Workspace, lto: str) -> None:
    workspace.write({"ltogen.toml": PROJECT + f'lto = "{lto}"\n', "main.c": MAIN})
    text = _fails_with_linkers_message(workspace, "undefined symbol: f\\b")
    assert re.search(r"^>>> +out/app\.lto\.o:\(main\)", text, re.MULTILINE), text


BAD = """#include "bad.h"
static int second(int x)
{
    __asm__ volatile("nop\\n\\t" "bogus %0, $3" : "+r"(x));
    return x;
}
int f(int x) { MACRO(x); return in_header(x) + second(x); }
"""
HEADER = """#define MACRO(x) __asm__ volatile("worse %0" : "+r"(x))
static inline int in_header(int x) { __asm__("bad %0" : "+r"(x)); return x; }
"""


@pytest.mark.parametrize(("flags", "places"), [
    ("-O2", ("src/bad.c:4:28", "src/bad.c")),
    ("-O1", ("src/bad.c:4:28", "src/bad.c")),
    ("-g", ("src/bad.c:4:28", "src/bad.c:7:16", "src/bad.h:2:38")),
])
def test_assembler_that_cannot_be_read_is_named_by_its_source(
        workspace: Workspace, flags: str, places: tuple[str, ...]) -> None:
    """In the backend of its own module, and in one that imports it."""
    workspace.write({
        "src/bad.c": BAD, "src/bad.h": HEADER, "src/main.c": MAIN.replace("f()", "f(1)")
        .replace("f(void)", "f(int)"), "ltogen.toml": f"""
        [targets.app]
        sources = ["src/*.c"]
        c-args = ["{flags}"]
        """})
    workspace.configure()
    done = _fails(workspace, "-v")
    wanted = [f"{place}: note: in assembler of function 'f'" for place in places]
    found = [line for line in done.stdout.splitlines() if ": note: in assembler" in line]
    backends = done.stdout.count("FAILED: ")
    assert backends == 2, done.text
    for line in wanted:
        assert found.count(line) >= backends, done.text
    assert set(found) == set(wanted), done.text


@pytest.mark.parametrize("lto", ["thin", "off"])
def test_messages_name_sources(workspace: Workspace, lto: str) -> None:
    workspace.write({"ltogen.toml": f"""
        [targets.app]
        sources = ["src/m.c"]
        depends = ["lib"]
        lto = "{lto}"
        [targets.lib]
        kind = "static-library"
        sources = ["lib/*.c"]
        lto = "{lto}"
        """, "src/m.c": "int f(void);\nint main(void) { return f(); }\n",
        "lib/f.c": "int missing(void);\nint f(void) { return missing(); }\n"})
    workspace.configure()
    text = "\n".join(_messages(_fails(workspace)))
    assert re.search(r" (src/m|lib/f)\.c:\(", text), text
    assert "out/" not in text, text
    twice = "int same(void) { return 1; }\n"
    workspace.write({"lib/f.c": "int f(void) { return 0; }\n" + twice, "src/m.c":
                     "int f(void);\nint main(void) { return f(); }\n" + twice})
    text = "\n".join(_messages(_fails(workspace)))
    assert "src/m.c" in text and "lib/f.c" in text and "out/" not in text, text


@pytest.mark.parametrize("lto", ["thin", "off"])
def test_duplicate_symbol(workspace: Workspace, lto: str) -> None:
    body = "int f(void) { return 0; }\n"
    workspace.write({"ltogen.toml": PROJECT + f'lto = "{lto}"\n', "main.c": MAIN, "one.c": body,
                     "two.c": body})
    text = _fails_with_linkers_message(workspace, "duplicate symbol: f\\b")
    assert "one.c" in text and "two.c" in text


def test_unknown_linker_argument(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": PROJECT + 'link-args = ["-Wl,--nosuch-argument"]\n',
                     "main.c": "int main(void) { return 0; }\n"})
    _fails_with_linkers_message(workspace, "--nosuch-argument")


@pytest.mark.parametrize("lto", ["thin", "off"])
@pytest.mark.parametrize("library", ["nosuch", "lib/nosuch.a"])
def test_library_that_does_not_exist(workspace: Workspace, library: str, lto: str) -> None:
    workspace.write({"ltogen.toml": f'{PROJECT}lto = "{lto}"\nlibraries = ["{library}"]\n',
                     "main.c": "int main(void) { return 0; }\n"})
    workspace.configure()
    done = _fails(workspace)
    lines = [line for line in _messages(done) if line]
    assert len([line for line in lines if "nosuch" in line]) == 1, done.text
    assert sum("error:" in line for line in lines) == 1, done.text
    assert not any("ltogen:" in line for line in lines)


@pytest.mark.parametrize("argument", ["--nosuch-flag", "nosuch.o"])
def test_link_argument_that_the_driver_refuses(workspace: Workspace, argument: str) -> None:
    """It says so and goes on to print a command, which must not be taken for an answer."""
    workspace.write({"ltogen.toml": f'{PROJECT}link-args = ["{argument}"]\n',
                     "main.c": "int main(void) { return 0; }\n"})
    workspace.configure()
    lines = [line for line in _messages(_fails(workspace)) if line]
    assert len([line for line in lines if "nosuch" in line]) == 1, lines
    assert not any("ltogen:" in line for line in lines)


def test_object_that_is_none(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": '[targets.app]\nsources = ["main.c", "text.o"]\n',
                     "main.c": "int main(void) { return 0; }\n", "text.o": "not an object\n"})
    _fails_with_linkers_message(workspace, r"text\.o")


def test_archive_of_bitcode_that_the_linker_looks_for(workspace: Workspace) -> None:
    """Its members are part of the graph: the final link alone would miss their optimisation."""
    tools = choose(Request(kind=workspace.toolchain), Path("/nosuch"))
    workspace.write({"ltogen.toml": PROJECT + 'libraries = ["bit"]\n'
                     'link-args = ["-L{root}/lib"]\n', "main.c": MAIN,
                     "lib/f.txt": "int f(void) { return 0; }\n"})
    lib = workspace.root / "lib"
    subprocess.run([*tools.cc, "-flto=thin", "-O2", "-x", "c", "-c", "f.txt", "-o", "f.o"],
                   cwd=lib, check=True)
    subprocess.run([*tools.ar, "qcsD", "libbit.a", "f.o"], cwd=lib, check=True)
    workspace.configure()
    workspace.make()
    assert list((workspace.root / "out/native/app/_prebuilt").rglob("*f.o"))
    assert workspace.output("app") == ""
    assert workspace.no_work()


def test_compile_error_is_shown_once(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": PROJECT, "main.c": MAIN, "f.c": "int f(void) { return 0; }\n"})
    workspace.configure()
    workspace.make()
    before = content(workspace.root / "out/bitcode")
    workspace.write({"f.c": "int f(void) { return nosuch; }\n"})
    for _ in range(2):
        done = _fails(workspace)
        assert len(re.findall(r"f\.c:1:\d+: error: .*nosuch", done.text)) == 1, done.text
        assert "ltogen:" not in "\n".join(_messages(done))
        assert content(workspace.root / "out/bitcode") == before
    workspace.write({"f.c": "int f(void) { return 7; }\n"})
    workspace.make()
    assert workspace.try_build().status == 0
    assert subprocess.run([workspace.root / "out/app"], check=False).returncode == 7


def test_first_compile_fails(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": PROJECT, "main.c": "#error stop here\n"})
    workspace.configure()
    done = _fails(workspace)
    assert done.text.count("error: stop here") == 1
    assert not list((workspace.root / "out/bitcode").rglob("*.o"))


@pytest.mark.parametrize("argument", ["--nosuch-flag", "-march=nosuch"])
def test_unknown_compile_argument(any_workspace: Workspace, argument: str) -> None:
    any_workspace.write({"ltogen.toml": PROJECT + f'compile-args = ["{argument}"]\n',
                         "main.c": "int main(void) { return 0; }\n"})
    any_workspace.configure()
    lines = _messages(_fails(any_workspace))
    assert any("error:" in line and "nosuch" in line for line in lines)
    assert not any("ltogen:" in line for line in lines)


def test_project_file_broken_between_two_builds(any_workspace: Workspace) -> None:
    """Ninja configures again, fails, and everything stays as it was."""
    any_workspace.write({"ltogen.toml": PROJECT, "main.c": "int main(void) { return 0; }\n"})
    any_workspace.configure()
    any_workspace.make()
    names = ("build.ninja", "compile_commands.json", "out/toolchain.json", "out/app")
    before = [(any_workspace.root / name).read_bytes() for name in names]
    any_workspace.write({"ltogen.toml": PROJECT + "kindd = 3\n"})
    done = _fails(any_workspace)
    (line,) = [line for line in _messages(done) if line]
    assert line.startswith("ltogen: ltogen.toml: [targets.app]: unknown key 'kindd'")
    assert before == [(any_workspace.root / name).read_bytes() for name in names]
    any_workspace.write({"ltogen.toml": PROJECT})
    any_workspace.make()
    assert any_workspace.no_work()


def test_linker_removed_between_two_builds(any_workspace: Workspace, tmp_path: Path) -> None:
    if any_workspace.toolchain != "system":
        pytest.skip("the embedded linker is one with the compiler")
    tools = choose(Request(kind="system"), Path("/nosuch"))
    ld = tmp_path / "ld.lld"
    ld.write_text(f'#!/bin/sh\nexec {tools.ld[0]} "$@"\n')
    ld.chmod(0o755)
    any_workspace.write({"ltogen.toml": PROJECT, "main.c": "int main(void) { return 0; }\n"})
    any_workspace.configure("--ld", str(ld))
    any_workspace.make()
    ld.unlink()
    (line,) = [line for line in _messages(_fails(any_workspace)) if line]
    assert line.startswith("ltogen: ") and str(ld) in line


@pytest.mark.parametrize("names", [
    ("app", "app.new"), ("app", "app.d"), ("line.rsp",), ("link.rsp",), ("link.line",),
    ("step.line",), ("regular-lto.o",),
    ("symbols.elf",), ("symbols.known",), ("printed.txt",),
    ("a b", "a%20b", "app", "App", "é", "%C3%A9", "all", "build.ninja"),
])
def test_targets_that_do_not_meet(any_workspace: Workspace, names: tuple[str, ...]) -> None:
    """Similar names: all build and keep, or one is refused by name."""
    tables = "".join(f'[targets."{name}"]\nsources = ["main.c"]\ndepends = ["lib"]\n'
                     f'defines = ["VALUE={number}"]\n' for number, name in enumerate(names))
    lib = '[targets.lib]\nkind = "static-library"\nsources = ["lib.c"]\n'
    any_workspace.write({"ltogen.toml": tables + lib, "lib.c": "int lib(void) { return 0; }\n",
                         "main.c": "int lib(void); int main(void) { return VALUE + lib(); }\n"})
    done = any_workspace.try_configure()
    if done.status:
        assert_one_line(done, names[-1], "rename")
        return
    for value in range(2):
        any_workspace.write({"lib.c": f"int lib(void) {{ return {value}; }}\n"})
        any_workspace.make()
        assert any_workspace.no_work()
        for number, name in enumerate(names):
            program = any_workspace.root / "out" / name
            assert subprocess.run([program], check=False).returncode == number + value


def test_no_target_has_the_name_of_what_a_build_leaves(any_workspace: Workspace) -> None:
    """Each name in `out` and beside the targets in a link's folder is refused, a new one too."""
    any_workspace.write({"ltogen.toml": PROJECT, "main.c": MAIN,
                         "f.c": "int f(void) { return 0; }\n"})
    any_workspace.configure("--save-temps")
    any_workspace.make("-d", "keeprsp")
    out = any_workspace.root / "out"
    names = {path.name for path in (*out.iterdir(), *(out / "thinlink/app").iterdir())} - {"app"}
    assert {"printed.txt", "symbols.elf", "link.rsp", "link.line", "step.line",
            "toolchain.json"} <= names
    for name in names:
        any_workspace.write({"ltogen.toml": f"[targets.'{name}']\nsources = ['main.c']\n"})
        assert_one_line(any_workspace.try_configure(), name)


@pytest.mark.parametrize("build", ["file", "file/below", "/proc/nosuch", "/proc/version/x",
                                   "/dev/null"])
def test_build_folder_that_cannot_be_made(any_workspace: Workspace, build: str) -> None:
    any_workspace.write({"ltogen.toml": PROJECT, "main.c": MAIN, "file": ""})
    any_workspace.build = build
    before = content(any_workspace.root)
    assert_one_line(any_workspace.try_configure(), build, "-B")
    assert content(any_workspace.root) == before


@pytest.mark.parametrize("name", ["build.ninja", "compile_commands.json", "out/toolchain.json"])
def test_output_in_whose_place_is_a_folder(any_workspace: Workspace, name: str) -> None:
    any_workspace.write({"ltogen.toml": PROJECT, "main.c": MAIN, f"{name}/x": "mine"})
    assert_one_line(any_workspace.try_configure(), name, "cannot write", "directory")
    assert (any_workspace.root / name / "x").read_text() == "mine"
    assert not list(any_workspace.root.rglob("*.new"))
