"""Small projects that are up to date, each with an edit, to be built and killed."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support import kills
from tests.support.kills import Story
from tests.support.sources import compile_without_hash
from tests.support.workspace import Workspace

# `kept` is what a constructor leaves behind: an object that went missing is seen.
LIBRARY = """
    extern int kept;
    __attribute__((constructor)) static void keep(void) { kept += 5; }
    int square(int x) { return x * x + 1; }
    """
MAIN = """
    #include <stdio.h>
    int kept, square(int);
    int main(void) { printf("%d %d\\n", square(7), kept); return 0; }
    """
PROJECT = """
    [project]
    cache = "cache"
    [targets.library]
    kind = "static-library"
    sources = ["square.c"]
    [targets.one]
    sources = ["main.c"]
    depends = ["library"]
    [targets.two]
    sources = ["main.c"]
    depends = ["library"]
    """

def shared(root: Path) -> Story:
    """Two programs with one library; an object is deleted, which is in the store."""
    workspace = Workspace(root, "system")
    workspace.write({"square.c": LIBRARY, "main.c": MAIN,
                     "ltogen.toml": PROJECT})
    workspace.configure()
    kills.prepare(workspace)
    assert workspace.output("two") == "50 5\n"

    def edit(folder: Path) -> None:
        (folder / "out/native/two/library/square.c.o").unlink()
        (folder / "out/two").unlink()

    return Story(root, edit, "two", "50 5\n")


def unhashed(root: Path) -> Story:
    """A program of bitcode without hashes, which becomes another."""
    workspace = Workspace(root, "system")
    workspace.write({"square.c": LIBRARY, "main.c": MAIN, "ltogen.toml": """
        [targets.one]
        sources = ["main.c", "square.o"]
        """})
    compile_without_hash(workspace, "square.c", "square.o")
    workspace.write({"new.c": LIBRARY.replace("x + 1", "x + 2")})
    compile_without_hash(workspace, "new.c", "new.o")
    workspace.configure()
    kills.prepare(workspace)
    assert workspace.output("one") == "50 5\n"

    def edit(folder: Path) -> None:
        shutil.copy(folder / "new.o", folder / "square.o")

    return Story(root, edit, "one", "51 5\n")


def edited(root: Path) -> Story:
    """The same two programs, and an edit of their library."""
    return kills.other(shared(root), _edit, "15 5\n")


def _edit(folder: Path) -> None:
    (folder / "square.c").write_text(LIBRARY.replace("x * x", "x + x"))


def merged(root: Path) -> Story:
    """A program whose modules are merged, with an edit."""
    workspace = Workspace(root, "system")
    workspace.write({"square.c": LIBRARY, "main.c": MAIN, "ltogen.toml": """
        [targets.one]
        sources = ["main.c", "square.c"]
        lto = "fat"
        """})
    workspace.configure()
    kills.prepare(workspace)
    return Story(root, _edit, "one", "15 5\n")


STORIES = {"shared": shared, "unhashed": unhashed, "edited": edited, "merged": merged}
