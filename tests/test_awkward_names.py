"""Paths with characters that the shell, Ninja, depfiles or response files give a meaning."""

from __future__ import annotations

import pytest

from tests.support.workspace import Workspace

AWKWARD = "a b$c:d#e\"f'gé"
NAMES = ("sp ace", "dol$lar", "co:lon", "ha#sh", 'quo"te', "apo'strophe", "naïve", "per%cent",
         "(round)", "am&per", "-dash", "@at", "$in", "[square]")


def _project(workspace: Workspace, value: int) -> int:
    """A program of one source for each name, in a folder of that name; what it prints."""
    declarations = "".join(f"int f{number}(void);\n" for number in range(len(NAMES)))
    calls = " + ".join(f"f{number}()" for number in range(len(NAMES)))
    workspace.write({
        "ltogen.toml": """
            [targets."pro $g:ram"]
            sources = ["src/**/*.c"]
            include-dirs = ["in $c:lude"]
            """,
        "in $c:lude/all of#it's.h": declarations,
        "src/main.c": f"""
            #include <stdio.h>
            #include "all of#it's.h"
            int main(void) {{ printf("%d\\n", {calls}); return 0; }}
            """,
        **{f"src/{name}/{name}.c": f"int f{number}(void) {{ return {number + value}; }}\n"
           for number, name in enumerate(NAMES)},
    })
    return sum(range(len(NAMES))) + value * len(NAMES)


@pytest.mark.parametrize("build", [".", f"out of {AWKWARD}"])
def test_every_edit_is_followed_and_nothing_is_done_twice(
        workspace: Workspace, build: str) -> None:
    workspace.root /= AWKWARD
    workspace.root.mkdir()
    workspace.build = build
    expected = _project(workspace, 0)
    workspace.configure()
    workspace.make()
    assert workspace.output("pro $g:ram") == f"{expected}\n"
    assert workspace.no_work()
    header = workspace.root / "in $c:lude/all of#it's.h"
    header.write_text(header.read_text() + "// all\n")
    assert [edge for edge in workspace.make().edges if edge.endswith("main.c")]
    expected = _project(workspace, 100)
    workspace.write({"src/new 'one'/x.c": "int x;\n"})
    workspace.make()
    assert workspace.output("pro $g:ram") == f"{expected}\n"
    assert workspace.no_work()


@pytest.mark.parametrize("build", [".", "build"])
def test_a_search_through_the_whole_project_leaves_the_build_alone(
        any_workspace: Workspace, build: str) -> None:
    any_workspace.build = build
    any_workspace.write({"ltogen.toml": '[targets.program]\nsources = ["**/*.c"]\n',
                         "src/main.c": "int main(void) { return 0; }\n"})
    any_workspace.configure()
    any_workspace.make()
    assert any_workspace.no_work()
    any_workspace.write({"src/deep/more.c": "int more(void) { return 1; }\n"})
    assert "configure" in any_workspace.make().edges
    assert any_workspace.no_work()
