"""Linker scripts that a build makes, and what lies behind them: never a failed link."""

from __future__ import annotations

import pytest

from tests.support.sources import archive, compile_with
from tests.support.workspace import Workspace
from tests.test_modes import MODES, project


@pytest.mark.parametrize("script", ["INPUT(late.o)", "GROUP(liblate.a)"])
def test_bitcode_that_comes_after_configure(workspace: Workspace, script: str) -> None:
    """In every mode: lld links it itself, again after each change, and no more often."""
    late = "int late(void);\nint main(void) { return late() - 7; }\n"
    workspace.write({
        "main.c": late, "lib/late.c": "int late(void) { return 7; }\n", "lib/late.lds": script,
        "ltogen.toml": project().replace(
            'sources = ["*.c"]',
            'sources = ["main.c"]\nlink-args = ["-Wl,--script=lib/late.lds"]')})
    workspace.configure()
    _late(workspace)
    done = workspace.make()
    assert done.stdout.count("is left to the linker: ") == 3, done.text
    for _ in range(2):
        assert {mode: workspace.output(mode) for mode in MODES} == dict.fromkeys(MODES, "")
        assert workspace.no_work()
        assert not [path for path in workspace.root.rglob("*.thinlto.bc") if path.stat().st_size]
        workspace.write({"main.c": late.replace("7", "8"),
                         "lib/late.c": "int late(void) { return 8; }\n"})
        _late(workspace)
        workspace.make()


def _late(workspace: Workspace) -> None:
    compile_with(workspace, "lib/late.c", "lib/late.o", "-fPIC", "-flto=thin")
    (workspace.root / "lib/liblate.a").unlink(missing_ok=True)
    archive(workspace, "lib/liblate.a", "lib/late.o")
