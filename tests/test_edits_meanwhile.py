"""What is edited while a command runs that reads it is built by the next `ninja`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.sources import tools
from tests.support.system_toolchain import CC, needs_clang
from tests.support.taken_over import EDGES, RULES, Existing, tool
from tests.support.workspace import NINJA, Workspace
from tests.test_other_ninjas import NINJAS as OTHERS

pytestmark = needs_clang

NINJAS = {"pinned": NINJA, **OTHERS}

MAIN = """
    #include <stdio.h>
    #include "square.h"
    int square(int), third(void);
    extern char answer;
    int main(void) { printf("%d %d %d %d\\n", square(7), ADDED, third(), (int)(long)&answer); }
    """
FILES = {
    "square.h": "#define ADDED 1\n",
    "main.c": MAIN,
    "square.c": "int square(int x) { return x * x; }\n",
    "third.c": "int third(void) { return 3; }\n",
    "answer.lds": "answer = 42;\n",
}
PROJECT = """
    [targets.program]
    sources = ["main.c", "square.c"]
    libraries = ["third.a"]
    link-args = ["-no-pie", "{root}/answer.lds"]
    """
# Runs the tool; then the edit, if the command is the one that is waited for.
WRAPPER = """#!/bin/sh
{tool} "$@" || exit
[ -e {root}/edit.sh ] || exit 0
case " $* " in *"$(cat {root}/when)"*) mv {root}/edit.sh {root}/edited.sh && sh {root}/edited.sh ;;
esac
"""


@dataclass(frozen=True)
class Edit:
    """An edit, of what, while which command runs, and what the program says after it."""

    command: str
    shell: str
    output: str

    def begin(self, root: Path) -> None:
        """Let it happen in the next build."""
        (root / "when").write_text(self.command)
        (root / "edit.sh").write_text(f"cd {root} && {self.shell}\n")


ARCHIVE = (f"echo 'int third(void) {{ return 4; }}' > third.c && {CC} -c third.c -o third.o && "
           "rm -f third.a && ar qcs third.a third.o")
SOURCE = Edit(" square.c ", "echo 'int square(int x) { return x + x; }' > square.c", "14 1 3 42\n")
HEADER = Edit(" main.c ", "echo '#define ADDED 2' > square.h", "49 2 3 42\n")
EDITS = {
    "source": SOURCE,
    "header": HEADER,
    "library, thin link": Edit("--thinlto-index-only", ARCHIVE, "49 1 4 42\n"),
    "library, final link": Edit("--dependency-file=", ARCHIVE, "49 1 4 42\n"),
    "script, thin link": Edit("--thinlto-index-only", "echo 'answer = 43;' > answer.lds",
                              "49 1 3 43\n"),
    "script, final link": Edit("--dependency-file=", "echo 'answer = 43;' > answer.lds",
                               "49 1 3 43\n"),
}
# What makes the command run again, and write the same bytes.
AGAIN = {"source": "square.c", "header": "main.c", "library": "third.a", "script": "answer.lds"}
BEFORE = "49 1 3 42\n"


def wrapped(path: Path, program: str, root: Path) -> str:
    """A script at `path` around a tool."""
    path.write_text(WRAPPER.format(tool=program, root=root))
    path.chmod(0o755)
    return str(path)


def library(root: Path) -> None:
    """The library as it is at first."""
    (root / "edited.sh").write_text(ARCHIVE.replace("return 4", "return 3"))
    shell(root, "sh edited.sh")


def shell(root: Path, line: str) -> None:
    """Run a line in the folder; it must succeed."""
    from tests.support.workspace import run

    done = run(["sh", "-c", line], root)
    assert done.status == 0, done.text


@pytest.fixture(params=NINJAS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """A project whose tools wait for an edit, for each Ninja in turn."""
    program = NINJAS[request.param]
    assert shutil.which(program), f"the environment names {program}, but it cannot be run"
    root = tmp_path / "project"
    workspace = Workspace(root, "system", [program])
    workspace.write({**FILES, "ltogen.toml": PROJECT})
    library(root)
    known = tools("system")
    workspace.configure("--ninja", program,
                        "--cc", wrapped(tmp_path / "clang", " ".join(known.cc), root),
                        "--ld", wrapped(tmp_path / "ld.lld", " ".join(known.ld), root))
    return workspace


def check(edit: Edit, root: Path, make: Callable[[], object], says: Callable[[], str],
          no_work: Callable[[], bool]) -> None:
    """The edit happens in this build, and the next one has it."""
    edit.begin(root)
    make()
    assert not (root / "edit.sh").exists(), "the command did not run"
    # (What a thin link does not see any more, the final link after it may.)
    assert says() == BEFORE or "thinlto" in edit.command
    make()
    assert says() == edit.output
    assert no_work()


@pytest.mark.parametrize("name", EDITS)
def test_while_it_is_built_first(project: Workspace, name: str) -> None:
    check(EDITS[name], project.root, project.make, lambda: project.output("program"),
          project.no_work)


@pytest.mark.parametrize("name", EDITS)
def test_while_the_same_is_built_again(project: Workspace, name: str) -> None:
    """The output stays, and with it the time that it has."""
    project.make()
    assert project.output("program") == BEFORE
    assert project.no_work()
    (project.root / AGAIN[name.partition(",")[0]]).touch()
    check(EDITS[name], project.root, project.make, lambda: project.output("program"),
          project.no_work)


@pytest.fixture(params=NINJAS)
def existing(request: pytest.FixtureRequest, tmp_path: Path) -> Existing:
    """A build of another generator, whose compiler waits for an edit."""
    build = Existing(tmp_path / "build", ninja=[NINJAS[request.param]])
    build.write({**FILES, "build.ninja": RULES + EDGES.replace(
        "square.o\n", "square.o\n  libs = third.a answer.lds\n", 1)})
    library(build.root)
    build.replace("build.ninja", f"cc = {CC}", f"cc = ./wrap.sh {CC}")
    build.replace("build.ninja", "ldflags =", "ldflags = -no-pie")
    build.replace("build.ninja", "-fuse-ld=lld", f"--ld-path={tmp_path}/ld.lld")
    wrapped(build.root / "wrap.sh", "", build.root)
    build.configure("--ld", wrapped(tmp_path / "ld.lld", tool("ld.lld"), build.root))
    return build


@pytest.mark.parametrize("name", EDITS)
def test_in_a_build_that_was_taken_over(existing: Existing, name: str) -> None:
    check(EDITS[name], existing.root, existing.make, lambda: existing.output("app"),
          existing.no_work)


@pytest.mark.parametrize("name", EDITS)
def test_in_a_build_that_was_taken_over_again(existing: Existing, name: str) -> None:
    existing.make()
    assert existing.no_work()
    (existing.root / AGAIN[name.partition(",")[0]]).touch()
    check(EDITS[name], existing.root, existing.make, lambda: existing.output("app"),
          existing.no_work)


def test_while_it_is_configured(tmp_path: Path) -> None:
    """The compiler is asked what it is behind the project file's back."""
    root = tmp_path / "project"
    workspace = Workspace(root, "system")
    workspace.write({**FILES, "ltogen.toml": PROJECT})
    library(root)
    Edit(" ", "echo 'compile-args = [\"-DSQUARED\"]' >> ltogen.toml", "").begin(root)
    workspace.configure("--cc", wrapped(tmp_path / "clang", " ".join(tools("system").cc), root))
    assert not (root / "edit.sh").exists()
    assert "-DSQUARED" not in (root / "build.ninja").read_text()
    workspace.make()
    assert "-DSQUARED" in (root / "build.ninja").read_text()
    assert workspace.output("program") == BEFORE
    assert workspace.no_work()
