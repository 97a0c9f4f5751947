"""Builds that are killed at one system call after the other, and then finished.

Every command of the manifest runs under a script. It runs those that are asked for under strace,
which kills a process as it is about to make its Nth call of a kind. Between two calls that change
nothing, nothing differs: only those that do are counted. Ninja, `configure` and `ld.ltogen` are
killed themselves, or with all that they run.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.workspace import NINJA, Workspace, run

CALLS = (
    "write,pwrite64,copy_file_range,ftruncate", "rename,renameat,renameat2",
    "unlink,unlinkat,rmdir",
    "link,linkat,symlink,symlinkat", "utimensat", "mkdir,mkdirat",
)
# What cutoff.sh calls; each can be killed, and the script with it.
TOOLS = ("cp", "mv", "touch", "ln", "rm", "sed", "cmp", "sha256sum")
# Parts of the commands of a graph: every edge is one or the other.
COMMANDS = ("cutoff.sh", "__main__.py")
_STRACE = """strace $KILL_FOLLOW -q -o "$KILL_SEEN" -e trace=$KILL_CALLS \\
    -e inject=$KILL_CALLS:signal=SIGKILL:when=$KILL_AT"""
_SCRIPT = f"""#!/bin/sh
case "$*" in *"$KILL_ONLY"*) ;; *) exec "$@" ;; esac
[ -n "$KILL_AT" ] || exec "$@"
[ -z "$KILL_TOOL" ] || PATH=$PWD/tools:$PATH exec "$@"
exec {_STRACE} "$@"
"""
_TOOL = f"""#!/bin/sh
[ "$KILL_TOOL" = {{0}} ] || exec {{1}} "$@"
{_STRACE} {{1}} "$@"
code=$?
if grep -q 'killed by' "$KILL_SEEN"; then kill -KILL $PPID; fi
exit $code
"""


@dataclass(frozen=True)
class Kill:
    """Where a build is killed: which commands, at which call of which kind.

    `only` is a part of the command, or nothing for what the story itself starts; `tool` the program
    that it calls which is killed together with it: none for the command itself, "all" for every
    process, each by itself and alone.
    """

    only: str
    calls: str
    tool: str
    number: int

    def environment(self, seen: Path) -> dict[str, str]:
        """What tells the script; strace lists at `seen` what it saw."""
        return {"KILL_ONLY": self.only, "KILL_AT": str(self.number), "KILL_CALLS": self.calls,
                "KILL_FOLLOW": "-f" if self.tool == "all" else "", "KILL_SEEN": str(seen),
                "KILL_TOOL": self.tool if self.tool in TOOLS else ""}

    def words(self, seen: Path) -> list[str]:
        """What runs a command so that it is killed; strace lists at `seen` what it saw."""
        return ["strace", *(["-f"] if self.tool == "all" else []), "-q", "-o", str(seen),
                "-e", f"trace={self.calls}",
                "-e", f"inject={self.calls}:signal=SIGKILL:when={self.number}"]


@dataclass(frozen=True)
class Story:
    """A project that is up to date in `folder`, an edit, and what the program says after it.

    `start` is the command that is killed, and `finish` what mends what that left; without them,
    commands of the graph are killed, and Ninja finishes.
    """

    folder: Path
    edit: Callable[[Path], None]
    product: str
    output: str
    start: tuple[str, ...] = ()
    finish: tuple[str, ...] = (NINJA,)

    def kinds(self) -> Iterator[Kill]:
        """The first of each series of places to kill it at."""
        if self.start:
            return (Kill("", calls, tool, 1) for calls in CALLS for tool in ("", "all"))
        return (next(series) for series in points(COMMANDS))


def prepare(workspace: Workspace) -> None:
    """Let every command run by way of the script, and build."""
    scripts = {f"tools/{tool}": _TOOL.format(tool, shutil.which(tool)) for tool in TOOLS}
    workspace.write({**scripts, "kill.sh": _SCRIPT})
    for name in (*scripts, "kill.sh"):
        (workspace.root / name).chmod(0o755)
    manifest = workspace.root / "build.ninja"
    # Nothing writes it again: that would lose the script.
    text = "\n".join(line for line in manifest.read_text().split("\n")
                     if not line.startswith("build build.ninja: "))
    assert "\n  command = " in text
    manifest.write_text(text.replace("\n  command = ", "\n  command = ./kill.sh "))
    workspace.make()
    assert workspace.no_work()


def points(only: tuple[str, ...], calls: tuple[str, ...] = CALLS,
           tools: tuple[str, ...] = ("", "all", *TOOLS)) -> Iterator[Iterator[Kill]]:
    """For each kind of command, call and process: one place after the other, without an end."""
    for one, call, tool in itertools.product(only, calls, tools):
        yield _series(one, call, tool)


def _series(only: str, calls: str, tool: str) -> Iterator[Kill]:
    return (Kill(only, calls, tool, number) for number in itertools.count(1))


def problem(story: Story, kill: Kill, scratch: Path) -> str | None:
    """What is wrong after the kill and another build; empty if nothing is, None without a kill."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(story.folder, scratch, symlinks=True, copy_function=_copy)
    _link_again(story.folder, scratch)
    story.edit(scratch)
    seen = scratch.parent / "seen"
    seen.unlink(missing_ok=True)
    _run_to_the_kill(story, kill, scratch, seen)
    if not seen.exists() or "killed by SIGKILL" not in seen.read_text(errors="replace"):
        return None
    done = run([*story.finish], scratch)
    if done.status:
        return f"what comes next fails: {done.text}"
    found = run([str(scratch / story.product)], scratch)
    if (found.status, found.stdout) != (0, story.output):
        return f"it says {found.stdout!r} and ends with {found.status}, not {story.output!r}"
    if story.finish == (NINJA,) and not Workspace(scratch, "system").no_work():
        return "there is work left"
    return ""


def _run_to_the_kill(story: Story, kill: Kill, scratch: Path, seen: Path) -> None:
    """Returns when all that was started has ended: who is killed may leave processes behind."""
    if not story.start:
        Workspace(scratch, "system").try_build("-j1", env=kill.environment(seen))
        return
    # Whoever lives has the pipe.
    ends, inherited = os.pipe()
    command = [*kill.words(seen), *story.start]
    with subprocess.Popen(command, cwd=scratch, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, pass_fds=[inherited]):
        os.close(inherited)
    with open(ends, "rb") as pipe:
        pipe.read()


def _copy(source: str, target: str) -> str:
    return shutil.copy2(source, target)


def _link_again(source: Path, target: Path) -> None:
    """Make second names of one file in the copy too."""
    known: dict[int, Path] = {}
    for path in sorted(source.rglob("*")):
        stat = path.lstat()
        if not path.is_file() or stat.st_nlink < 2:
            continue
        copy = target / path.relative_to(source)
        if stat.st_ino in known:
            copy.unlink()
            os.link(known[stat.st_ino], copy)
        known[stat.st_ino] = copy


def problems(story: Story, series: Iterator[Kill], scratch: Path) -> Iterator[str]:
    """What is wrong at each place of a series, or "": it ends where a build is not killed."""
    for kill in series:
        said = problem(story, kill, scratch)
        if said is None:
            return
        yield said and f"{kill}: {said}"


def other(story: Story, edit: Callable[[Path], None], output: str) -> Story:
    """The same project with another edit."""
    return replace(story, edit=edit, output=output)
