"""What every error of ltogen has in common, and how to provoke one."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.workspace import Run, Workspace, run

# What stands in the build folder before a command that must fail.
_EARLIER = {"build.ninja": "# an earlier manifest\n", "compile_commands.json": "[]\n"}


def ltogen(cwd: Path, *arguments: str, env: dict[str, str] | None = None) -> Run:
    """Any ltogen command, with no toolchain asked for."""
    return run([sys.executable, "-P", "-m", "ltogen", *arguments], cwd, env)


def assert_one_line(done: Run, *parts: str) -> str:
    """The error is one line of ltogen's that holds every one of `parts`; the line."""
    assert done.status == 1, done
    assert done.stdout == "", done.stdout
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.startswith("ltogen: "), done.stderr
    assert done.stderr.endswith("\n"), done.stderr
    # Not splitlines(): what a terminal shows as one line may hold U+2028.
    assert done.stderr.count("\n") == 1, done.stderr
    for part in parts:
        assert part in done.stderr, f"{part!r} is not in: {done.stderr}"
    return done.stderr


def content(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Time and bytes of every file under `folder`."""
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
            for path in sorted(folder.rglob("*")) if path.is_file()}


def refused(workspace: Workspace, files: dict[str, str], *parts: str,
            arguments: tuple[str, ...] = ()) -> str:
    """Configuring `files` is refused with one line that holds `parts`, and changes no file."""
    workspace.write({**_EARLIER, **files})
    before = content(workspace.root)
    line = assert_one_line(workspace.try_configure(*arguments), *parts)
    assert content(workspace.root) == before
    return line


def refused_project(workspace: Workspace, text: str, *parts: str) -> str:
    """A project file `text` with one good source beside it is refused."""
    return refused(workspace, {"ltogen.toml": text, "a.c": "int main(void) { return 0; }\n"},
                   *parts)
