"""Killed at any call that changes a file, a build is finished by the next one as if nothing was.

A share of what `make kills` does.
"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from tests.support import kills
from tests.support.kills import Story
from tests.support.sources import compile_without_hash
from tests.support.workspace import Workspace

# `kept` is what a constructor leaves behind: an object that went missing is seen.
LIBRARY = """
    extern int kept;
    __attribute__((constructor)) static void keep(void) { kept += 5; }
    int square(int x) { return x * x; }
    """
MAIN = """
    #include <stdio.h>
    int kept, square(int);
    int main(void) { printf("%d %d\\n", square(7), kept); return 0; }
    """
PROJECT = """
    [targets.library]
    kind = "static-library"
    sources = ["square.c"]
    link-whole = true
    [targets.one]
    sources = ["main.c"]
    depends = ["library"]
    [targets.two]
    sources = ["main.c"]
    depends = ["library"]
    """
COMMANDS = ("cutoff.sh", "thin-link")


def shared(root: Path) -> Story:
    """Two programs with one library, whose object the second copies; an object is deleted."""
    workspace = Workspace(root, "system")
    workspace.write({"square.c": LIBRARY, "main.c": MAIN,
                     "ltogen.toml": PROJECT.replace("    link-whole = true\n", "")})
    workspace.configure()
    kills.prepare(workspace)
    assert workspace.output("two") == "49 5\n"

    def edit(folder: Path) -> None:
        (folder / "out/native/two/library/square.c.o").unlink()
        (folder / "out/two").unlink()

    return Story(root, edit, "two", "49 5\n")


def unhashed(root: Path) -> Story:
    """A program of bitcode without hashes, which becomes another."""
    workspace = Workspace(root, "system")
    workspace.write({"square.c": LIBRARY, "main.c": MAIN, "ltogen.toml": """
        [targets.one]
        sources = ["main.c", "square.o"]
        """})
    compile_without_hash(workspace, "square.c", "square.o")
    workspace.write({"new.c": LIBRARY.replace("x * x", "x * x + 1")})
    compile_without_hash(workspace, "new.c", "new.o")
    workspace.configure()
    kills.prepare(workspace)
    assert workspace.output("one") == "49 5\n"

    def edit(folder: Path) -> None:
        shutil.copy(folder / "new.o", folder / "square.o")

    return Story(root, edit, "one", "50 5\n")


def edited(root: Path) -> Story:
    """The same two programs, and an edit of their library."""
    def edit(folder: Path) -> None:
        (folder / "square.c").write_text(LIBRARY.replace("x * x", "x + x"))

    return kills.other(shared(root), edit, "14 5\n")


STORIES = {"shared": shared, "unhashed": unhashed, "edited": edited}


@pytest.mark.parametrize(("story", "only", "calls"), [
    ("shared", "--share", kills.CALLS[0]), ("shared", "--share", kills.CALLS[1]),
    ("unhashed", "thin-link", kills.CALLS[1]), ("edited", "cutoff.sh", kills.CALLS[1]),
    ("edited", "cutoff.sh", kills.CALLS[4]),
])
def test_a_build_that_was_killed(tmp_path: Path, story: str, only: str, calls: str) -> None:
    assert shutil.which("strace"), "strace kills these builds: install it"
    prepared = STORIES[story](tmp_path / "project")
    wrong = [problem for series in kills.points((only,), (calls,))
             for problem in kills.problems(prepared, series, tmp_path / "copy", 8)]
    assert not wrong, "\n".join(wrong)


def test_kills_happen(tmp_path: Path) -> None:
    """The harness itself: there is a place to be killed at."""
    prepared = unhashed(tmp_path / "project")
    series = next(kills.points(("thin-link",), (kills.CALLS[1],)))
    said = [kills.problem(prepared, kill, tmp_path / "copy")
            for kill in itertools.islice(series, 3)]
    assert said == ["", "", ""]
