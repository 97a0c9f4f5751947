"""What the commands do not import: start-up is paid again and again."""

from __future__ import annotations

import sys

from tests.support.workspace import Workspace, run

SOURCES = {"main.c": "int main(void) { return 0; }\n",
           "ltogen.toml": '[targets.program]\nsources = ["main.c"]\n'}


def test_configure_imports_what_it_needs(any_workspace: Workspace) -> None:
    any_workspace.write(SOURCES)
    done = run([sys.executable, "-X", "importtime", "-P", "-m", "ltogen", "configure"],
               any_workspace.root)
    assert done.status == 0, done.text
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "msgspec._core" in imported
    # (typing_extensions, which mypy brings, is in the list as an import that failed: what it would
    # import is not.)
    assert not imported & {"inspect", "dataclasses", "ltogen.scons", "ltogen.ld", "ltogen.report",
                           "ltogen.frontends.existing"}
