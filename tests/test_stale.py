"""`configure` deletes what an earlier one made, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sources import PROGRAM
from tests.support.system_toolchain import needs_clang
from tests.support.taken_over import SMALL, Existing
from tests.support.workspace import Workspace, run

ENTRY = "0\t1\t1\t{}\tabcdef\n"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of the user's beside the build folder."""
    path = tmp_path / "victim"
    path.write_text("mine")
    return path


def log(folder: Path, *outputs: str) -> None:
    """Add lines to the log of Ninja in the folder."""
    with (folder / ".ninja_log").open("a") as file:
        file.writelines(ENTRY.format(output) for output in outputs)


@pytest.fixture
def built(any_workspace: Workspace) -> Workspace:
    """A small program, up to date, whose next `configure` writes another manifest."""
    any_workspace.write(PROGRAM)
    any_workspace.configure()
    any_workspace.make()
    any_workspace.write({"src/alone.c": "", "src/other.c": "int other;\n"})
    (any_workspace.root / "src/alone.c").unlink()
    return any_workspace


def test_an_old_output_goes(built: Workspace) -> None:
    old = built.root / "out/bitcode/program/src/alone.c.o"
    assert old.exists()
    built.configure()
    assert not old.exists()


@pytest.mark.parametrize("output", [
    "out/../../victim", "out//../../victim", "out/./../../victim", "out/link/../../../victim",
    "out/{}", "out/a\0b", f"out/{'a' * 300}", "out/", "out/.", "out/..",
])
def test_what_a_log_names_outside(built: Workspace, victim: Path, output: str) -> None:
    log(built.root / "out", output.format(victim))
    built.configure()
    assert victim.read_text() == "mine"
    assert not (built.root / "out/bitcode/program/src/alone.c.o").exists()


def test_through_a_symbolic_link(built: Workspace, victim: Path) -> None:
    (built.root / "out/elsewhere").symlink_to(victim.parent)
    log(built.root / "out", "out/elsewhere/victim")
    built.configure()
    assert victim.read_text() == "mine"


def test_the_folder_of_outputs_is_elsewhere(built: Workspace, tmp_path: Path) -> None:
    """What lies there may be another build's."""
    (built.root / "out").rename(tmp_path / "elsewhere")
    (built.root / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/temps").mkdir()
    (tmp_path / "elsewhere/temps/mine").write_text("mine")
    built.configure()
    assert (tmp_path / "elsewhere/bitcode/program/src/alone.c.o").exists()
    assert (tmp_path / "elsewhere/temps/mine").exists()
    built.make()
    assert built.output("program") == "49\n"


def test_another_project_s_outputs(any_workspace: Workspace) -> None:
    """Its Ninja also calls its folder `out`."""
    any_workspace.write({**PROGRAM, "build.ninja": "builddir = out\nrule touch\n  command = touch "
                         "$out\nbuild out/theirs: touch\n"})
    any_workspace.make()
    (any_workspace.root / "build.ninja").unlink()
    any_workspace.configure()
    assert (any_workspace.root / "out/theirs").exists()


def test_a_step_s_folder_is_elsewhere(built: Workspace, victim: Path) -> None:
    """Where a step would write aside, and where objects are kept, are links to a user's folder."""
    folder = victim.parent / "folder"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    for name in ("thinlink/program.new", "shared"):
        (built.root / "out" / name).symlink_to(folder)
    built.configure()
    built.make()
    assert (folder / "mine").read_text() == "mine"
    assert built.output("program") == "49\n"


@needs_clang
def test_in_a_build_that_was_taken_over(tmp_path: Path, victim: Path) -> None:
    build = Existing(tmp_path / "build")
    build.write(SMALL)
    build.configure()
    build.make()
    log(build.folder / "ltogen.out", "ltogen.out/../../victim", f"ltogen.out/{victim}")
    (build.folder / "ltogen.out/elsewhere").symlink_to(tmp_path)
    log(build.folder / "ltogen.out", "ltogen.out/elsewhere/victim")
    (tmp_path / "x.ltogen.ninja").write_text("mine")
    build.replace("ltogen.ninja", "build ltogen.ninja",
                  "build ltogen.ninja ../x.ltogen.ninja ltogen.out/elsewhere/x.ltogen.ninja")
    build.replace("build.ninja", "-O2", "-O1")
    build.configure()
    assert victim.read_text() == "mine"
    assert (tmp_path / "x.ltogen.ninja").read_text() == "mine"
    assert run(["ninja", "-f", "ltogen.ninja"], build.folder).status == 0
