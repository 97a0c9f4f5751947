"""What is damaged in a build folder, or taken away by another, is said with what mends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltogen.toolchain.step_code import CUTOFF
from tests.support.sources import PROGRAM, tools
from tests.support.system_toolchain import needs_clang
from tests.support.taken_over import SMALL, Existing
from tests.support.workspace import Workspace, run


@pytest.mark.parametrize("content", [b"", b"build x", b"\0" * 100, b"rule r\n  command = x\nbuild"])
def test_a_manifest(any_workspace: Workspace, content: bytes) -> None:
    any_workspace.write(PROGRAM)
    any_workspace.configure()
    any_workspace.make()
    (any_workspace.root / "build.ninja").write_bytes(content)
    done = any_workspace.ltogen("build")
    assert done.status == 1
    assert "build.ninja: damaged; ltogen configure writes it again\n" in done.stderr
    any_workspace.configure()
    assert any_workspace.ltogen("build").status == 0
    assert any_workspace.output("program") == "49\n"
    assert any_workspace.no_work()


@needs_clang
def test_a_manifest_of_a_build_that_was_taken_over(tmp_path: Path) -> None:
    build = Existing(tmp_path)
    build.write(SMALL)
    build.configure()
    (tmp_path / "ltogen.ninja").write_text("")
    done = Workspace(tmp_path, "system").ltogen("build")
    assert "ltogen.ninja: damaged; ltogen configure --from writes it again\n" in done.stderr
    build.configure()
    build.make()
    assert build.output("app") == "49\n"


def test_a_compile_s_output_goes_away(tmp_path: Path) -> None:
    for script in ('rm -f "$1"', 'echo x > "$1"; rm -f "$1"'):
        done = run(["sh", CUTOFF, "out", "sh", "-c", script, "sh"], tmp_path)
        assert done.status == 1
        assert "does another ninja build in this folder?" in done.stderr
        assert not (tmp_path / "out").exists()


@needs_clang
def test_a_step_s_folder_goes_away(any_workspace: Workspace) -> None:
    any_workspace.write(PROGRAM)
    linker = any_workspace.root / "ld.lld"
    linker.write_text(f'#!/bin/sh\n{tools("system").ld[0]} "$@" && rm -rf out/thinlink/*.new\n')
    linker.chmod(0o755)
    any_workspace.configure("--ld", str(linker))
    done = any_workspace.try_build()
    assert done.status != 0
    assert "does another ninja build in this folder?" in done.text
    assert "Traceback" not in done.text


def test_a_kept_object(any_workspace: Workspace) -> None:
    """It is not taken, and not left."""
    library = "int kept; __attribute__((constructor)) static void keep(void) { kept = 5; }\n"
    any_workspace.write({
        "kept.c": f"{library}int f(void) {{ return kept; }}\n",
        "main.c": '#include <stdio.h>\nint f(void);\nint main(void) { printf("%d\\n", f()); }\n',
        "ltogen.toml": "".join(f"""
            [targets.{name}]
            sources = ["main.c"]
            depends = ["library"]
            """ for name in ("one", "two")) + """
            [targets.library]
            kind = "static-library"
            sources = ["kept.c"]
            """})
    any_workspace.configure()
    any_workspace.make("-j1")
    store = (any_workspace.root / "out/store").resolve()
    kept = [path for path in store.rglob("*-*") if path.is_file()]
    assert kept
    for path in kept:
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data[:-1])
        (any_workspace.root / "keep").write_bytes(b"")
    for name in ("one", "two"):
        for path in (any_workspace.root / "out/native" / name).rglob("*.o"):
            path.unlink()
    any_workspace.make("-j1")
    assert any_workspace.output("one") == any_workspace.output("two") == "5\n"
    assert any_workspace.no_work()
    assert all(path.stat().st_nlink > 1 for path in kept)
