"""A program for another machine, by `--target`, built and run."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from tests.conftest import TOOLCHAINS
from tests.support.sources import PROGRAM
from tests.support.workspace import Workspace, run

AARCH64 = 183


@pytest.fixture
def embedded(tmp_path: Path) -> Workspace:
    """A small program for the embedded toolchain, which has libraries for many machines."""
    if "embedded" not in TOOLCHAINS:
        pytest.skip("only the embedded toolchain brings libraries of other machines")
    workspace = Workspace(tmp_path / "project", "embedded")
    workspace.write(PROGRAM)
    return workspace


def _machine(program: Path) -> int:
    """The ELF header's e_machine."""
    number: int = struct.unpack_from("<H", program.read_bytes(), 18)[0]
    return number


def test_a_program_for_aarch64_runs_there(embedded: Workspace) -> None:
    qemu = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
    if qemu is None:
        pytest.skip("no qemu-aarch64 to run the program; Debian's package is qemu-user")
    embedded.configure("--target", "aarch64-linux-musl")
    embedded.make()
    program = embedded.root / "out/program"
    assert _machine(program) == AARCH64
    assert run([qemu, str(program)], embedded.root).stdout == "49\n"
    assert embedded.no_work()
    embedded.write({"src/square.c": '#include "square.h"\nint square(int x) { return x + x; }\n'})
    embedded.make()
    assert run([qemu, str(program)], embedded.root).stdout == "14\n"


def test_the_project_file_may_name_the_target(embedded: Workspace) -> None:
    embedded.write({"ltogen.toml": PROGRAM["ltogen.toml"] + """
        [toolchain]
        target = "aarch64-linux-gnu"
        """})
    embedded.configure()
    embedded.make()
    assert _machine(embedded.root / "out/program") == AARCH64
    assert embedded.no_work()


def test_a_shared_library_for_another_machine(embedded: Workspace) -> None:
    embedded.write({"ltogen.toml": """
        [targets.program]
        sources = ["src/main.c"]
        include-dirs = ["include"]
        depends = ["square"]
        [targets.square]
        kind = "shared-library"
        sources = ["src/square.c"]
        include-dirs = ["include"]
        """})
    embedded.configure("--target", "aarch64-linux-gnu")
    embedded.make()
    assert _machine(embedded.root / "out/libsquare.so") == AARCH64
    assert _machine(embedded.root / "out/program") == AARCH64


def test_another_target_builds_everything_again(embedded: Workspace) -> None:
    embedded.configure()
    embedded.make()
    native = _machine(embedded.root / "out/program")
    target = "x86_64-linux-gnu" if native == AARCH64 else "aarch64-linux-gnu"
    embedded.configure("--target", target)
    embedded.make()
    assert _machine(embedded.root / "out/program") != native
    assert embedded.no_work()


def test_a_target_that_nobody_knows_is_refused(workspace: Workspace) -> None:
    workspace.write(PROGRAM)
    refused = workspace.try_configure("--target", "abacus-linux-gnu")
    assert refused.status == 1
    assert "abacus-linux-gnu" in refused.stderr
    assert "Traceback" not in refused.stderr
