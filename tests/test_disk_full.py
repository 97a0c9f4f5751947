"""A disk that is full or read-only: one message, nothing half written, and a way on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.errors_helper import assert_one_line, content
from tests.support.workspace import Workspace

PAGE = 4096
MODULES = "abcd"
SMALL = {"ltogen.toml": '[targets.app]\nsources = ["*.c"]\n',
         "main.c": "int main(void) { return 0; }\n"}


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    """A small file system of its own at `folder`."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "ltogen-test", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("this user cannot mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def _leave(folder: Path, pages: int) -> None:
    """Make the file system so small that only `pages` more fit in."""
    disk = os.statvfs(folder)
    used = disk.f_blocks - disk.f_bfree
    # A size of 0 would mean no limit at all.
    _remount(folder, f"size={max(used + pages, 1) * PAGE}")


def _drafts(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.endswith(".new")]


def test_build_folder_that_is_read_only(any_workspace: Workspace) -> None:
    any_workspace.write(SMALL)
    folder = any_workspace.root / "build"
    with _mounted(folder):
        any_workspace.build = "build"
        _remount(folder, "ro")
        assert_one_line(any_workspace.try_configure(), "build/out", "Read-only", "-B")
        _remount(folder, "rw")
        any_workspace.configure()
        before = content(folder)
        _remount(folder, "ro")
        any_workspace.write({"ltogen.toml": SMALL["ltogen.toml"].replace("app", "other")})
        assert_one_line(any_workspace.try_configure(), "build/", "Read-only")
        assert content(folder) == before


def test_build_folder_that_is_full(any_workspace: Workspace) -> None:
    """The manifest of before stays, with no half of a new one beside it."""
    any_workspace.write(SMALL)
    folder = any_workspace.root / "build"
    with _mounted(folder):
        any_workspace.build = "build"
        any_workspace.configure()
        before = (folder / "build.ninja").read_bytes()
        any_workspace.write({f"m{number}.c": "" for number in range(100)})
        for pages in (0, 1, 4, 8):
            _leave(folder, pages)
            assert_one_line(any_workspace.try_configure(), "build/", "No space left")
            assert (folder / "build.ninja").read_bytes() == before
            assert not _drafts(folder)
            _remount(folder, "size=8m")
        any_workspace.configure()
        assert (folder / "build.ninja").read_bytes() != before


def _many_modules(version: int) -> dict[str, str]:
    """Modules whose summaries fill some pages; `version` changes all of them."""
    long = "x" * 60
    functions = {name: "".join(f"int {name}_{number}_{long}(int x) {{ return x + {version}; }}\n"
                               for number in range(40)) for name in MODULES}
    main = f"int a_0_{long}(int); int main(void) {{ return a_0_{long}(0); }}\n"
    return {"ltogen.toml": SMALL["ltogen.toml"], "main.c": main,
            **{f"{name}.c": text for name, text in functions.items()}}


def _thin_link_fails_for_want_of_space(workspace: Workspace) -> bool:
    """Whether the build went through; else it must have failed as it should."""
    done = workspace.try_build("out/thinlink/app/link.rsp")
    if done.status == 0:
        return True
    assert "Traceback" not in done.text
    if "WriteFile(" in done.text:
        return False  # Ninja itself had no room for the link line
    assert "FAILED: " in done.stdout and done.status == 1
    lines = [line for line in done.stdout.splitlines() if line.startswith("ltogen: ")]
    assert len(lines) == 1, done.text
    assert "out/thinlink/app" in lines[0] and "no space left" in lines[0].lower()
    assert "free some" in lines[0]
    # Ninja prints edge, command and message; the message is the only one.
    after = done.stdout.partition("FAILED: ")[2].splitlines()[2:]
    assert [line for line in after if not line.startswith(("[", "ninja: "))] == lines
    return False


def test_disk_is_full_at_the_first_thin_link(workspace: Workspace) -> None:
    workspace.write(_many_modules(0))
    folder = workspace.root / "out/thinlink"
    with _mounted(folder):
        workspace.configure()
        workspace.try_build("-k0", *(f"out/bitcode/app/{name}.c.o" for name in MODULES))
        failures = 0
        for pages in range(1, 60):
            _leave(folder, pages)
            if _thin_link_fails_for_want_of_space(workspace):
                break
            assert not _drafts(folder)
            failures += 1
        assert failures > 5
        _remount(folder, "size=8m")
        workspace.make()
        assert workspace.no_work()
        workspace.output("app")


def test_disk_is_full_at_a_later_thin_link(workspace: Workspace) -> None:
    """The indexes of the last good build are intact, or whole new ones are in their place."""
    workspace.write(_many_modules(0))
    folder = workspace.root / "out/thinlink"
    with _mounted(folder):
        workspace.configure()
        workspace.make()
        before = {name: data for name, (_, data) in content(folder).items()}
        workspace.write(_many_modules(1))
        failed: list[dict[str, bytes]] = []
        for pages in range(60):
            _leave(folder, pages)
            if _thin_link_fails_for_want_of_space(workspace):
                break
            assert not _drafts(folder)
            failed.append({name: data for name, (_, data) in content(folder).items()
                           if name.endswith((".thinlto.bc", "link.rsp"))})
        assert len(failed) > 5
        after = {name: data for name, (_, data) in content(folder).items()}
        for state in failed:
            for name, data in state.items():
                assert data in (before[name], after[name]), name
        _remount(folder, "size=8m")
        workspace.make()
        assert workspace.no_work()
        assert subprocess.run([workspace.root / "out/app"], check=False).returncode == 1


@pytest.mark.parametrize("edge", ["out/link", "out/bitcode", "out/native"])
def test_disk_is_full_at_another_edge(workspace: Workspace, edge: str) -> None:
    """Whoever writes there says it; the build goes on once there is space."""
    workspace.write(_many_modules(0))
    folder = workspace.root / edge
    with _mounted(folder):
        workspace.configure()
        for pages in (0, 1):
            _leave(folder, pages)
            done = workspace.try_build("-k0")
            if done.status == 0:
                break
            assert "Traceback" not in done.text and "None" not in done.text, done.text
            assert "No space left" in done.text, done.text
            assert not _drafts(folder)
        _remount(folder, "size=8m")
        workspace.make()
        again = workspace.make()
        assert not again.edges, again.text
        workspace.output("app")
