"""The manifest is written again when something asks for it, and never otherwise."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import TOOLCHAINS
from tests.support.sources import PROGRAM, clean_copy, lto, tools
from tests.support.workspace import Workspace, run

WRITTEN = ("build.ninja", "compile_commands.json", "out/toolchain.json")
USES_EXTRA = {"src/main.c": PROGRAM["src/main.c"].replace("square(7)", "extra(7)")
              .replace("int main", "int extra(int); int main")}
EXTRA = "int extra(int x) { return x + 100; }\n"


def _times(workspace: Workspace) -> dict[str, int]:
    folder = workspace.root / workspace.build
    return {name: (folder / name).stat().st_mtime_ns for name in WRITTEN}


@pytest.fixture
def built(any_workspace: Workspace) -> Workspace:
    """A small program, up to date."""
    any_workspace.write(PROGRAM)
    any_workspace.configure()
    any_workspace.make()
    return any_workspace


def test_configuring_again_writes_nothing(workspace: Workspace) -> None:
    workspace.write(PROGRAM)
    workspace.configure()
    before = _times(workspace)
    workspace.configure()
    assert _times(workspace) == before
    workspace.make()
    assert workspace.no_work()
    workspace.configure()
    assert workspace.no_work()
    assert _times(workspace) == before


@pytest.mark.parametrize("place", ["src", "src/new", "src/new/deeper"])
def test_ninja_notices_a_file_that_was_added(built: Workspace, tmp_path: Path, place: str) -> None:
    built.write({**USES_EXTRA, f"{place}/extra.c": EXTRA})
    assert set(built.make().edges) >= {"configure", f"compile {place}/extra.c"}
    assert built.output("program") == "107\n"
    assert built.no_work()
    assert built.snapshot() == clean_copy(built, tmp_path / "clean").snapshot()


def test_ninja_notices_a_file_in_a_folder_that_was_empty(built: Workspace) -> None:
    (built.root / "src/empty").mkdir()
    built.make()
    built.write({**USES_EXTRA, "src/empty/extra.c": EXTRA})
    built.make()
    assert built.output("program") == "107\n"


def test_ninja_notices_a_file_that_went_away_and_removes_what_it_left(
        built: Workspace, tmp_path: Path) -> None:
    (built.root / "src/alone.c").unlink()
    edges = built.make().edges
    assert "configure" in edges
    assert "compile src/square.c" not in edges
    assert lto("src/square.c") not in edges
    assert built.no_work()
    assert not [name for name in built.snapshot() if "alone" in name]
    assert built.snapshot() == clean_copy(built, tmp_path / "clean").snapshot()


def test_ninja_notices_a_folder_that_went_away(built: Workspace, tmp_path: Path) -> None:
    built.write({**USES_EXTRA, "src/new/extra.c": EXTRA})
    built.make()
    shutil.rmtree(built.root / "src/new")
    built.write({"src/main.c": PROGRAM["src/main.c"]})
    built.make()
    assert built.output("program") == "49\n"
    assert built.no_work()
    assert not list((built.root / "out").rglob("new"))
    assert built.snapshot() == clean_copy(built, tmp_path / "clean").snapshot()


def test_a_file_that_moved_is_compiled_at_its_new_place(built: Workspace) -> None:
    (built.root / "src/math").mkdir()
    (built.root / "src/square.c").rename(built.root / "src/math/square.c")
    assert "compile src/math/square.c" in built.make().edges
    assert built.output("program") == "49\n"
    assert built.no_work()


def test_sources_beside_the_build_are_not_disturbed_by_it(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": '[targets.program]\nsources = ["*.c"]\n',
                     "main.c": "int main(void) { return 0; }\n"})
    workspace.configure()
    assert "configure" not in workspace.make().edges
    assert workspace.no_work()
    workspace.write({"more.c": "int more(void) { return 1; }\n"})
    assert "compile more.c" in workspace.make().edges
    assert workspace.no_work()


def test_an_edit_of_the_project_file_is_followed(built: Workspace, tmp_path: Path) -> None:
    built.write({"ltogen.toml": PROGRAM["ltogen.toml"].replace("program", "renamed")})
    built.make()
    assert built.output("renamed") == "49\n"
    assert not [name for name in built.snapshot() if "program" in name]
    assert built.no_work()
    assert built.snapshot() == clean_copy(built, tmp_path / "clean").snapshot()


def test_a_mistake_in_the_project_file_stops_ninja_until_it_is_mended(built: Workspace) -> None:
    built.write({"ltogen.toml": PROGRAM["ltogen.toml"].replace("sources", "source")})
    failed = built.try_build()
    assert failed.status != 0
    assert "unknown key 'source'" in failed.text
    built.write({"ltogen.toml": PROGRAM["ltogen.toml"]})
    assert built.make().edges in ([], ["configure"])
    assert built.no_work()


def test_cleaning_leaves_only_what_configure_and_ninja_wrote(workspace: Workspace) -> None:
    workspace.write(PROGRAM)
    workspace.configure()
    workspace.make()
    workspace.make("-t", "clean")
    out = workspace.root / "out"
    left = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert left <= {".ninja_log", ".ninja_deps", ".ninja_lock", "toolchain.json"}
    workspace.make()
    assert workspace.output("program") == "49\n"


def test_an_upgraded_compiler_is_noticed(tmp_path: Path) -> None:
    if "system" not in TOOLCHAINS:
        pytest.skip("only a compiler named by --cc can be replaced, and there is none here")
    workspace = Workspace(tmp_path / "project", "system")
    workspace.write({"ltogen.toml": '[targets.program]\nsources = ["src/*.c"]\n',
                     "src/main.c": '#include <stdio.h>\nint main(void) { puts(RELEASE); }\n'})
    compiler = tmp_path / "bin/clang"

    def install(release: str) -> None:
        compiler.parent.mkdir(exist_ok=True)
        compiler.write_text(f"#!/bin/sh\nexec {tools('system').cc[0]} '-DRELEASE=\"{release}\"' "
                            '-Wno-unused-command-line-argument "$@"\n')
        compiler.chmod(0o755)

    install("first")
    workspace.configure("--cc", str(compiler))
    workspace.make()
    assert workspace.output("program") == "first\n"
    assert workspace.no_work()
    install("second")
    workspace.make()
    assert workspace.output("program") == "second\n"
    assert workspace.no_work()


def test_every_command_of_the_compilation_database_runs(workspace: Workspace) -> None:
    workspace.build = "build"
    workspace.write({**PROGRAM, "src/code.S": ".data\n.globl code\ncode: .long 1\n"})
    workspace.write({"ltogen.toml": PROGRAM["ltogen.toml"].replace(
        '"src/**/*.c"', '"src/**/*.c", "src/code.S"')})
    workspace.configure()
    workspace.make()
    entries = json.loads((workspace.root / "build/compile_commands.json").read_text())
    assert sorted(Path(entry["file"]).name for entry in entries) == [
        "alone.c", "code.S", "main.c", "square.c"]
    before = workspace.snapshot()
    for entry in entries:
        folder = Path(entry["directory"])
        assert folder.is_absolute()
        assert (folder / entry["file"]).is_file()
        done = run(entry["arguments"], folder)
        assert done.status == 0, done.text
    assert workspace.snapshot() == before


def test_project_build_and_shell_may_be_in_three_places(workspace: Workspace,
                                                        tmp_path: Path) -> None:
    workspace.write(PROGRAM)
    build, elsewhere = tmp_path / "build", tmp_path / "elsewhere"
    elsewhere.mkdir()
    configured = run([sys.executable, "-P", "-m", "ltogen", "configure", "../project", "-B",
                      "../build", "--toolchain", workspace.toolchain], elsewhere)
    assert configured.status == 0, configured.text
    made = run([*workspace.ninja, "-C", str(build)], elsewhere)
    assert made.status == 0, made.text
    workspace.write({**USES_EXTRA, "src/extra.c": EXTRA})
    made = run([*workspace.ninja, "-C", "../build"], elsewhere)
    assert made.status == 0, made.text
    assert run([str(build / "out/program")], elsewhere).stdout == "107\n"
    assert not (workspace.root / "out").exists()
    assert not list(elsewhere.iterdir())
