"""`--save-temps` and `--single-module`: what becomes of one module on its way."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.workspace import Workspace
from tests.test_modes import MODES, SOURCES, project

STEPS = ("0.preopt.bc", "3.import.bc", "4.opt.bc", "5.precodegen.bc", "opt.yaml")


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_steps_of_one_module_are_kept(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": project(), **SOURCES})
    workspace.configure("--save-temps", "scale.c")
    workspace.make()
    kept = _names(workspace.root / "out/temps")
    assert {f"thin/thin/scale.c.o.{step}" for step in STEPS} <= kept
    assert not any("main.c.o" in name or "shift.c.o" in name for name in kept)
    assert {"thin/link.resolution.txt", "fat/link.resolution.txt", "fat/link.0.0.preopt.bc",
            "fat/link.0.4.opt.bc", "fat/link.opt.yaml", "combine/link.resolution.txt"} <= kept
    assert workspace.output("thin") == workspace.output("fat") == "43\n"
    assert workspace.no_work()


def test_the_same_programs_are_built_with_the_steps_and_without(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": project(), **SOURCES})
    workspace.configure("--save-temps")
    workspace.make()
    products = {path: (workspace.root / "out" / path).read_bytes()
                for path in ("thin", "fat", "combine", "off")}
    assert (workspace.root / "out/temps/thin/thin/main.c.o.4.opt.bc").exists()
    workspace.configure()
    workspace.make()
    assert not (workspace.root / "out/temps").exists()
    for path, data in products.items():
        assert (workspace.root / "out" / path).read_bytes() == data, path


def test_a_remark_says_what_was_inlined(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": project(), **SOURCES})
    workspace.configure("--save-temps")
    workspace.make()
    for name in ("thin/thin/main.c.o.opt.yaml", "fat/link.opt.yaml"):
        text = (workspace.root / "out/temps" / name).read_text()
        passed = [part for part in text.split("--- ") if part.startswith("!Passed")]
        assert any("Pass:            inline" in part and "scale" in part for part in passed), name


def test_one_backend_alone_is_built(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": project(), **SOURCES})
    workspace.configure("--single-module", "scale.c")
    edges = workspace.make().edges
    assert [edge for edge in edges if edge.startswith("code ")] == [
        "code scale.c for out/thin"]
    assert not any(edge.startswith("link") for edge in edges)
    workspace.make("thin")
    assert workspace.output("thin") == "43\n"


def test_a_module_that_is_not_there_is_named(any_workspace: Workspace) -> None:
    any_workspace.write({"ltogen.toml": project(), **SOURCES})
    for option in ("--single-module", "--save-temps"):
        done = any_workspace.try_configure(option, "scael.c")
        assert done.status == 1
        assert done.stderr == (f"ltogen: {option} scael.c: no module of this name is optimised; "
                               "did you mean 'scale.c'?\n")


def test_manifest_remembers_what_to_keep(any_workspace: Workspace) -> None:
    any_workspace.write({"ltogen.toml": project(), **SOURCES})
    any_workspace.configure("--save-temps", "--single-module", "main.c", "--merges", "2")
    any_workspace.write({"ltogen.toml": project(name='"other"')})
    any_workspace.make()
    text = (any_workspace.root / "build.ninja").read_text()
    for word in ("--save-temps", "--single-module=main.c", "--merges=2"):
        assert word in text
    assert "depth = 2" in text


def test_the_linker_is_shown_what_it_would_show(workspace: Workspace) -> None:
    """A resolution file names each symbol of each module, and who prevails."""
    workspace.write({"ltogen.toml": project(), **SOURCES})
    workspace.configure("--save-temps")
    workspace.make()
    for mode in ("thin", "fat"):
        text = (workspace.root / f"out/temps/{mode}/link.resolution.txt").read_text()
        assert "-r=" in text
        assert ",scale,p" in text


def test_what_is_kept_of_an_odd_name_lies_in_one_folder(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": '[targets."50% \u00fc"]\nsources = ["*.c"]\n', **SOURCES})
    workspace.configure("--save-temps")
    workspace.make()
    (folder,) = (workspace.root / "out/temps").iterdir()
    assert folder.name == "50%25 %C3%BC"
    assert (folder / "link.resolution.txt").exists()


def test_an_editor_is_told_of_each_target_that_compiles_a_source(any_workspace: Workspace) -> None:
    any_workspace.write({"ltogen.toml": project(), **SOURCES})
    any_workspace.configure()
    entries = json.loads((any_workspace.root / "compile_commands.json").read_text())
    assert sorted(entry["file"] for entry in entries) == sorted(
        name for name in SOURCES for _ in MODES)
