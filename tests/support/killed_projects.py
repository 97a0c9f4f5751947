"""Small projects that are up to date, each with an edit, to be built and killed."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from tests.support import kills, system_toolchain
from tests.support.kills import Story
from tests.support.sources import compile_without_hash
from tests.support.workspace import NINJA, Workspace, run

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
    workspace = _two_programs(root)
    kills.prepare(workspace)
    assert workspace.output("two") == "50 5\n"

    def edit(folder: Path) -> None:
        (folder / "out/native/two/library/square.c.o").unlink()
        (folder / "out/two").unlink()

    return Story(root, edit, "out/two", "50 5\n")


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

    return Story(root, edit, "out/one", "51 5\n")


def edited(root: Path) -> Story:
    """The same two programs, and an edit of their library."""
    return kills.other(shared(root), _edit, "15 5\n")


def taken_back(root: Path) -> Story:
    """The same, where the store has the objects of the edit; before the next build it is undone."""
    story = shared(root)
    workspace = Workspace(root, "system")
    workspace.write({"old.c": LIBRARY})
    _edit(root)
    workspace.make()
    shutil.copy(root / "old.c", root / "square.c")
    workspace.make()
    assert workspace.output("two") == "50 5\n"
    return replace(story, edit=_edit, product="out/one",
                   finish=("sh", "-c", f"cp old.c square.c && exec '{NINJA}'"))


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
    return Story(root, _edit, "out/one", "15 5\n")


def ninja(root: Path) -> Story:
    """The same edit; Ninja is killed."""
    workspace = _two_programs(root)
    workspace.make()
    return Story(root, _edit, "out/two", "15 5\n", start=(NINJA, "-j1"))


def configured(root: Path) -> Story:
    """An edit of the project file; `configure` is killed, and Ninja calls it again."""
    workspace = _two_programs(root)
    workspace.make()

    def edit(folder: Path) -> None:
        (folder / "plus.c").write_text(
            "extern int kept; __attribute__((constructor)) static void k(void) { kept += 2; }")
        (folder / "ltogen.toml").write_text(PROJECT.replace('["main.c"]', '["main.c", "plus.c"]'))

    return Story(root, edit, "out/two", "50 7\n",
                 start=(sys.executable, "-P", "-m", "ltogen", "configure"))


def _two_programs(root: Path) -> Workspace:
    workspace = Workspace(root, "system")
    workspace.write({"square.c": LIBRARY, "main.c": MAIN, "ltogen.toml": PROJECT})
    workspace.configure()
    return workspace


def linked(root: Path) -> Story:
    """A link by `ld.ltogen`, of which an object is made anew; it is killed, and called again."""
    # (Its state has the paths of its inputs; that is where the copy will lie.)
    place = Workspace(root.with_name("copy"), "system")
    place.write({"square.c": LIBRARY, "main.c": MAIN,
                 "new/square.c": LIBRARY.replace("x * x", "x + x")})
    tools = system_toolchain.SYSTEM
    assert tools is not None
    compiler = [*tools.cc, "-O2", "-flto=thin", "-c"]
    for source, output in (("square.c", "square.o"), ("main.c", "main.o"),
                           ("new/square.c", "new/square.o")):
        assert run([*compiler, source, "-o", output], place.root).status == 0
    path = f"{Path(NINJA).parent}:{os.environ['PATH']}"
    link = ("env", f"PATH={path}", "LTOGEN_LINKS=all", "LTOGEN_STATE_DIR=states", *tools.cc,
            "-flto=thin", "-fuse-ld=ltogen", "main.o", "square.o", "-o", "app")
    done = run([*link], place.root)
    assert done.status == 0, done.text
    assert list((place.root / "states").iterdir())
    place.root.rename(root)

    def edit(folder: Path) -> None:
        shutil.copy(folder / "new/square.o", folder / "square.o")

    return Story(root, edit, "app", "15 5\n", start=link, finish=link)


STORIES = {"linked": linked, "configured": configured, "ninja": ninja,
           "shared": shared, "unhashed": unhashed, "edited": edited, "merged": merged,
           "taken back": taken_back}
