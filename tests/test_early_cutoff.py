"""After a change, only those edges run whose inputs changed in content."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.sources import PROGRAM, archive, clean_copy, compile_with, lto
from tests.support.workspace import Workspace

SQUARE = PROGRAM["src/square.c"]


@pytest.fixture
def built(workspace: Workspace) -> Workspace:
    """A small program, up to date."""
    workspace.write(PROGRAM)
    workspace.configure()
    workspace.make()
    return workspace


def test_touching_a_source_reruns_its_compile_alone(built: Workspace) -> None:
    os.utime(built.root / "src/square.c")
    assert built.make().edges == ["compile src/square.c"]
    assert built.no_work()


def test_the_same_bytes_again_rerun_the_compile_alone(built: Workspace) -> None:
    built.write(PROGRAM)
    assert [edge for edge in built.make().edges if edge != "configure"] == [
        "compile src/alone.c", "compile src/main.c", "compile src/square.c"]
    assert built.no_work()


def test_a_comment_in_a_header_recompiles_those_that_include_it(built: Workspace) -> None:
    built.write({"include/square.h": PROGRAM["include/square.h"] + "// of a number\n"})
    assert built.make().edges == ["compile src/main.c", "compile src/square.c"]
    assert built.no_work()


def test_a_body_reruns_its_backend_and_those_that_import_it(built: Workspace) -> None:
    built.write({"src/square.c": SQUARE.replace("x * x", "x * x * x")})
    assert built.make().edges == [
        lto("src/main.c"), lto("src/square.c"), "compile src/square.c", "link out/program",
        "thin link out/program"]
    assert built.output("program") == "343\n"


OTHER = '__attribute__((noinline, used)) static int other(void) { return %d; }\n'


def test_a_body_that_nobody_imports_runs_the_backend_of_its_module_alone(built: Workspace) -> None:
    """Another function of the module is imported, and stays."""
    built.write({"src/square.c": SQUARE + OTHER % 1})
    built.make()
    built.write({"src/square.c": SQUARE + OTHER % 2})
    assert built.make().edges == [
        lto("src/square.c"), "compile src/square.c", "link out/program", "thin link out/program"]
    assert built.no_work()


def test_by_modules_a_body_that_nobody_imports_reruns_who_imports_another(
        built: Workspace) -> None:
    """The importer's object comes out the same, and the link has no news."""
    built.write({"src/square.c": SQUARE + OTHER % 1})
    built.configure("--incremental", "module")
    built.make()
    before = (built.root / "out/native/program/program/src/main.c.o").stat().st_mtime_ns
    built.write({"src/square.c": SQUARE + OTHER % 2})
    assert lto("src/main.c") in built.make().edges
    assert (built.root / "out/native/program/program/src/main.c.o").stat().st_mtime_ns == before
    assert built.no_work()


def test_a_body_that_nobody_imports_leaves_other_backends_alone(built: Workspace) -> None:
    built.write({"src/main.c": PROGRAM["src/main.c"].replace("square(7)", "square(8)")})
    assert built.make().edges == [
        lto("src/main.c"), "compile src/main.c", "link out/program", "thin link out/program"]
    assert built.output("program") == "64\n"


def test_a_body_that_no_program_uses_ends_at_its_backend(built: Workspace) -> None:
    before = (built.root / "out/program").read_bytes()
    built.write({"src/alone.c": "int alone(void) { return 2; }\n"})
    edges = built.make().edges
    assert lto("src/main.c") not in edges
    assert lto("src/square.c") not in edges
    assert (built.root / "out/program").read_bytes() == before


def test_a_signature_is_followed_through_the_header(built: Workspace, tmp_path: Path) -> None:
    built.write({"include/square.h": "long square(long x, int times);\n",
                 "src/square.c": '#include "square.h"\n'
                                 "long square(long x, int times) { return x * times; }\n",
                 "src/main.c": PROGRAM["src/main.c"].replace("(7)", "(7, 2)").replace("%d", "%ld")})
    edges = built.make().edges
    assert "compile src/alone.c" not in edges
    assert lto("src/alone.c") not in edges
    assert built.output("program") == "14\n"
    assert built.snapshot() == clean_copy(built, tmp_path / "clean").snapshot()


def test_a_flag_of_one_target_leaves_the_others_alone(built: Workspace) -> None:
    description = PROGRAM["ltogen.toml"] + """
        [targets.other]
        sources = ["src/main.c", "src/square.c"]
        include-dirs = ["include"]
        """
    built.write({"ltogen.toml": description})
    built.make()
    built.write({"ltogen.toml": description + 'compile-args = ["-DUNUSED"]\n'})
    edges = built.make().edges
    assert sorted(edges) == ["compile src/main.c", "compile src/square.c", "configure"]
    assert built.no_work()


def test_every_output_that_is_deleted_comes_back(built: Workspace) -> None:
    whole = built.snapshot()
    for name in whole:
        (built.root / "out" / name).unlink()
        built.make()
        assert built.snapshot() == whole, name
        assert built.no_work(), name


def test_all_outputs_come_back_after_the_folder_was_deleted(built: Workspace) -> None:
    whole = built.snapshot()
    shutil.rmtree(built.root / "out")
    built.make()
    assert built.snapshot() == whole


def test_leftovers_of_a_crash_do_no_harm(built: Workspace) -> None:
    whole = built.snapshot()
    leftovers = [built.root / "out" / f"{name}.new" for name in whole]
    for path in leftovers:
        path.write_bytes(b"half")
    folder = built.root / "out/thinlink/program.new/program"
    folder.mkdir(parents=True)
    (folder / "left").write_bytes(b"half")
    built.write({"src/square.c": SQUARE.replace("x * x", "x + x")})
    built.make()
    assert built.output("program") == "14\n"
    built.write({"src/square.c": SQUARE})
    built.make()
    now = built.snapshot()
    assert {name: now[name] for name in whole} == whole


MANY = {
    "ltogen.toml": '[targets.program]\nsources = ["*.c"]\n',
    "main.c": """
        #include <stdio.h>
        #define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5)
        #define DECLARE(n) int f##n(int);
        #define SUM(n) + f##n(count)
        EACH(DECLARE)
        int main(int count, char **words) { printf("%d\\n", 0 EACH(SUM)); return 0; }
        """,
    **{f"f{n}.c": f"int f{n}(int x) {{ return x + {n}; }}\n" for n in range(6)},
}


def _interrupt(workspace: Workspace, edges: int, stop: Callable[[int], None]) -> None:
    """Start a build, and stop it in the middle of the edge that comes after so many."""
    with subprocess.Popen([*workspace.ninja, "-j1"], cwd=workspace.root, start_new_session=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as build:
        assert build.stdout
        for _ in range(edges):
            assert build.stdout.readline().startswith("[")
        time.sleep(0.01)
        stop(build.pid)
        assert build.wait() != 0


def _finish(workspace: Workspace, clean: Path, output: str) -> None:
    """Build what is missing: the result must be that of a build without any interruption."""
    workspace.make()
    assert workspace.output("program") == output
    assert workspace.no_work()
    # A compiler that is killed leaves a draft of its own, under a name that it makes up.
    built = {name: data for name, data in workspace.snapshot().items()
             if not name.endswith(".tmp")}
    assert built == clean_copy(workspace, clean).snapshot()


def _control_c(session: int) -> None:
    os.kill(session, signal.SIGINT)


def _power_cut(session: int) -> None:
    """Stop Ninja and all that it started, at once."""
    os.kill(session, signal.SIGKILL)
    for _ in range(3):
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(int(process.name)) == session:
                    os.kill(int(process.name), signal.SIGKILL)


@pytest.mark.parametrize("stop", [_control_c, _power_cut])
def test_an_interrupted_build_is_resumed(
        workspace: Workspace, tmp_path: Path, stop: Callable[[int], None]) -> None:
    workspace.write(MANY)
    workspace.configure()
    for edges in (2, 6, 3):  # while it compiles, while it links thin, while it runs backends
        _interrupt(workspace, edges, stop)
    _finish(workspace, tmp_path / "clean", "21\n")


def test_an_interrupted_rebuild_is_resumed(workspace: Workspace, tmp_path: Path) -> None:
    workspace.write(MANY)
    workspace.configure()
    workspace.make()
    workspace.write({f"f{n}.c": f"int f{n}(int x) {{ return x - {n}; }}\n" for n in range(6)})
    for edges in (2, 4, 3):
        _interrupt(workspace, edges, _control_c)
    _finish(workspace, tmp_path / "clean", "-9\n")


SHARED = {
    "ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        depends = ["square"]
        [targets.square]
        kind = "shared-library"
        sources = ["square.c", "note.s"]
        """,
    "main.c": PROGRAM["src/main.c"].replace('#include "square.h"', "int square(int);"),
    "square.c": "int square(int x) { return x * x; }\n",
    # A section that the linker drops.
    "note.s": '.section note,"e"\n.long 1\n',
}


def test_a_shared_library_with_the_same_bytes_keeps_its_program(workspace: Workspace) -> None:
    workspace.write(SHARED)
    workspace.configure()
    workspace.make()
    workspace.write({"note.s": '.section note,"e"\n.long 2\n'})
    edges = workspace.make().edges
    assert "link out/libsquare.so" in edges
    assert "link out/program" not in edges
    assert workspace.no_work()


def _with_library(workspace: Workspace, description: str) -> Callable[[str], None]:
    """A program with a library of somebody else's; the result writes the library's body."""

    def write_body(body: str) -> None:
        workspace.write({"made/square.c": f"int square(int x) {{ return {body}; }}\n"})
        compile_with(workspace, "made/square.c", "made/square.o", "-fPIC")
        archive(workspace, "made/libsquare.a", "made/square.o")

    workspace.write({"src/main.c": SHARED["main.c"], "ltogen.toml": f"""
        [targets.program]
        sources = ["src/*.c"]
        {description}
        """})
    return write_body


@pytest.mark.parametrize("description", [
    'libraries = ["made/libsquare.a"]',
    'libraries = ["square"]\nlink-args = ["-L{root}/made"]',
    'link-args = ["-Wl,--whole-archive,{root}/made/libsquare.a,--no-whole-archive"]',
])
def test_a_library_that_changes_is_linked_again(workspace: Workspace, description: str) -> None:
    write_body = _with_library(workspace, description)
    write_body("x * x")
    workspace.configure()
    workspace.make()
    write_body("x + x")
    edges = workspace.make().edges
    assert "link out/program" in edges
    assert "compile src/main.c" not in edges
    assert lto("src/main.c") not in edges
    assert workspace.output("program") == "14\n"
    assert workspace.no_work()
