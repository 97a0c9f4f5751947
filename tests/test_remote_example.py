"""examples/remote, run as its page says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.engines import needs_casd
from tests.support.workspace import run

ROOT = Path(__file__).parent.parent
LOOPBACK = [sys.executable, "-m", "campaigns.remote.loopback"]


@needs_casd
def test_two_builds_of_the_example(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples/remote/project", project,
                    ignore=shutil.ignore_patterns("out", "build.ninja"))
    done = run([*LOOPBACK, "--project", str(project)], ROOT)
    assert done.status == 0, done.text
    assert re.findall(r"^(\w+) build: .* (\d+) actions executed", done.stdout, re.M) == [
        ("first", "5"), ("second", "0")]
    assert run([str(project / "out/life")], project).stdout == (
        "5 cells are alive after a hundred days\n")


@needs_casd
def test_a_command_gets_the_address(tmp_path: Path) -> None:
    done = run([*LOOPBACK, "sh", "-c", "echo $LTOGEN_REMOTE; exit 3"], ROOT)
    assert re.fullmatch(r"grpc://127\.0\.0\.1:\d+\n", done.stdout)
    assert done.status == 3


@needs_casd
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_command_ends_with_the_script(number: signal.Signals) -> None:
    command = "echo started; exec sleep 60"
    with subprocess.Popen([*LOOPBACK, "sh", "-c", command], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE) as script:
        assert script.stdout is not None
        assert script.stdout.readline() == "started\n"
        os.kill(script.pid, number)
        # It ends when all who can write to it have.
        assert script.stdout.read() == ""
