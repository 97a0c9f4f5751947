"""The manifest builds with every Ninja: Debian's, samurai, and what the environment names.

LTOGEN_TEST_SAMURAI names samurai's program, LTOGEN_TEST_NINJAS any others, as PATH names folders.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import TOOLCHAINS
from tests.support.sources import PROGRAM, clean_copy, lto
from tests.support.workspace import NINJA, Workspace


def _ninjas() -> dict[str, str]:
    """Programs by the name of a test's variant; those that the environment names come unchecked."""
    found = {f"path-{Path(path).name}": path for name in ("ninja", "ninja-build", "samu")
             for folder in os.get_exec_path()
             if (path := shutil.which(name, path=folder))
             and not Path(path).samefile(NINJA) and not _is_script(path)}
    named = [os.environ.get("LTOGEN_TEST_SAMURAI", ""),
             *os.environ.get("LTOGEN_TEST_NINJAS", "").split(os.pathsep)]
    return found | {f"named-{Path(path).name}-{number}": path
                    for number, path in enumerate(filter(None, named))}


def _is_script(path: str) -> bool:
    """Whether it is the launcher that pip installs for the very Ninja of all other tests."""
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


NINJAS = _ninjas()


@pytest.fixture(params=NINJAS)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """A small program for each Ninja in turn."""
    program = NINJAS[request.param]
    if shutil.which(program) is None:
        pytest.fail(f"the environment names {program} for these tests, but it cannot be run")
    workspace = Workspace(tmp_path / "project", TOOLCHAINS[0], [program])
    workspace.write(PROGRAM)
    workspace.configure("--ninja", program)
    return workspace


def test_the_pipeline_and_nothing_to_do_after_it(other: Workspace) -> None:
    edges = other.make().edges
    assert {"thin link out/program", "link out/program", lto("src/main.c")} <= set(edges)
    assert other.output("program") == "49\n"
    assert other.no_work()


def test_a_comment_reruns_one_compile(other: Workspace) -> None:
    other.make()
    other.write({"src/square.c": PROGRAM["src/square.c"] + "// squared\n"})
    assert other.make().edges == ["compile src/square.c"]
    assert other.no_work()


def test_a_header_is_followed(other: Workspace) -> None:
    other.make()
    other.write({"include/square.h": PROGRAM["include/square.h"] + "#define UNUSED\n"})
    assert other.make().edges == ["compile src/main.c", "compile src/square.c"]
    assert other.no_work()


def test_a_body_reruns_what_imports_it(other: Workspace, tmp_path: Path) -> None:
    other.make()
    other.write({"src/square.c": '#include "square.h"\nint square(int x) { return x + x; }\n'})
    assert other.make().edges == [lto("src/main.c"), lto("src/square.c"), "compile src/square.c",
                                  "link out/program", "thin link out/program"]
    assert other.output("program") == "14\n"
    assert other.no_work()


def test_files_come_and_go(other: Workspace, tmp_path: Path) -> None:
    other.make()
    other.write({"src/new/more.c": "int more(void) { return 2; }\n"})
    assert {"configure", "compile src/new/more.c"} <= set(other.make().edges)
    assert other.no_work()
    shutil.rmtree(other.root / "src/new")
    (other.root / "src/alone.c").unlink()
    other.make()
    assert other.no_work()
    clean = clean_copy(other, tmp_path / "clean")
    assert _products(other) == _products(clean)


def _products(workspace: Workspace) -> dict[str, bytes]:
    """The snapshot without depfiles: samurai keeps them, with times of its own."""
    return {name: data for name, data in workspace.snapshot().items() if not name.endswith(".d")}


def test_a_description_that_changes_is_followed(other: Workspace) -> None:
    other.make()
    other.write({"ltogen.toml": PROGRAM["ltogen.toml"] + 'defines = ["UNUSED"]\n'})
    edges = other.make().edges
    assert [edge for edge in edges if edge != "configure"] == [
        "compile src/alone.c", "compile src/main.c", "compile src/square.c"]
    assert other.no_work()


def test_an_awkward_name_is_no_reason_to_build_again(other: Workspace) -> None:
    # Older depfile parsers know no quotes, samurai's no colon and nothing beyond ASCII either.
    _rename_square(other, "src/a b$c#d.c")
    assert other.no_work()


def test_the_most_awkward_name_builds(other: Workspace) -> None:
    _rename_square(other, "src/a b$c:d#e'f\"gé.c")


def _rename_square(workspace: Workspace, name: str) -> None:
    """Follow the program while a source gets a name and then another body."""
    (workspace.root / "src/square.c").unlink()
    for value in (1, 2):
        workspace.write({name: f"int square(int x) {{ return x + {value}; }}\n"})
        workspace.make()
        assert workspace.output("program") == f"{7 + value}\n"


def test_the_log_of_each_is_read_without_a_word(other: Workspace) -> None:
    other.make()
    again = other.configure("--ninja", other.ninja[0])
    assert again.stderr == ""


def test_the_manifest_asks_for_nothing_new(any_workspace: Workspace) -> None:
    any_workspace.write(PROGRAM)
    any_workspace.configure()
    text = (any_workspace.root / "build.ninja").read_text()
    assert "dyndep" not in text
    wanted = re.findall(r"^ninja_required_version = (\d+)\.(\d+)", text, re.MULTILINE)
    assert all((int(major), int(minor)) <= (1, 10) for major, minor in wanted)
