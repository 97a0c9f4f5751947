"""With a compile cache as launcher, a second build from nothing runs no compile and no backend."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.existing_build import existing
from tests.support.system_toolchain import needs_clang
from tests.support.workspace import run

CCACHE = Path(sys.executable).with_name("ccache")
FILES = {
    "a.c": "int f(int x) { return x * 40; }\n",
    "main.c": "#include <stdio.h>\nint f(int);\n"
              'int main(int n, char **words) { printf("%d\\n", f(n)); return 0; }\n',
    "build.ninja": f"""
        rule cached
          command = {CCACHE} $cc $cflags -MD -MF $out.d -c $in -o $out
          depfile = $out.d
        build a.o: cached a.c
        build main.o: cached main.c
        build app: link main.o a.o
        default app
        """,
}


@needs_clang
def test_ccache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCACHE_DIR", str(tmp_path / "ccache"))
    build = existing(tmp_path / "build", FILES)
    for hits in (0, 2):
        shutil.rmtree(build.folder / "ltogen.out", ignore_errors=True)
        build.take_over()
        build.make()
        assert run(["./app"], build.folder).stdout == "40\n"
        said = run([str(CCACHE), "--print-stats"], build.folder).stdout
        found = re.findall(r"^(?:direct|preprocessed)_cache_hit\s+(\d+)$", said, re.MULTILINE)
        assert sum(map(int, found)) == hits, said
    explained = run([sys.executable, "-P", "-m", "ltogen", "explain"], build.folder).stdout
    assert "app: 2 taken out of the store\n" in explained
