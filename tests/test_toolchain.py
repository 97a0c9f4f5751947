"""What a toolchain says of itself holds wherever it is asked from."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from ltogen.model.toolchain import Toolchain
from ltogen.toolchain.embedded import zig_path
from tests.support.workspace import Workspace, run


def test_headers_are_found_from_any_folder(workspace: Workspace) -> None:
    """Asked from a folder above its own headers, zig names them relative to that folder."""
    workspace.write({"ltogen.toml": '[targets.app]\nsources = ["app.c"]\n',
                     "app.c": "#include <stdio.h>\nint main(void) { return puts(\"app\") < 0; }\n"})
    above = Path(zig_path() or sys.executable).parent.parent
    done = run([sys.executable, "-P", "-m", "ltogen", "configure", str(workspace.root),
                "-B", str(workspace.root), "--toolchain", workspace.toolchain], above)
    assert done.status == 0, done.text
    record = (workspace.root / "out/toolchain.json").read_bytes()
    toolchain = msgspec.json.decode(record, type=Toolchain)
    headers = [value for flag, value in zip(toolchain.cc, toolchain.cc[1:], strict=False)
               if flag == "-isystem"]
    assert all(Path(folder).is_absolute() for folder in headers)
    workspace.make()
    assert workspace.output("app") == "app\n"


def test_a_known_toolchain_is_not_asked_again(workspace: Workspace) -> None:
    """The record in `out` answers for it: no compiler is run by a second configure."""
    workspace.write({"ltogen.toml": '[targets.app]\nsources = ["app.c"]\n',
                     "app.c": "int main(void) { return 0; }\n"})
    workspace.configure()
    before = (workspace.root / "out/toolchain.json").stat().st_mtime_ns
    workspace.configure()
    assert (workspace.root / "out/toolchain.json").stat().st_mtime_ns == before
