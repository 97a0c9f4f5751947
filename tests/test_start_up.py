"""What the commands do not import: start-up is paid again and again."""

from __future__ import annotations

import sys
from pathlib import Path

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
                           "ltogen.frontends.existing", "ltogen.remote"}


def test_remote_execution_is_imported_by_who_wants_it() -> None:
    """And its nouns need no gRPC."""
    nouns = ["digests", "endpoint", "errors", "settings", "work"]
    script = "; ".join(["import sys", *(f"import ltogen.remote.{name}" for name in nouns),
                        "print(*sys.modules)"])
    loaded = set(run([sys.executable, "-P", "-c", script], Path.cwd()).stdout.split())
    assert "ltogen.remote.work" in loaded
    assert not loaded & {"grpc", "google.protobuf", "zstandard", "ltogen.remote.api", "asyncio"}
