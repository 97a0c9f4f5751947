"""`ltogen doctor` says what is here, and what brings the rest."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.linked import PATH
from tests.support.system_toolchain import CC, CXX, SYSTEM, needs_clang
from tests.support.workspace import Run, run

LTOGEN = [sys.executable, "-P", "-m", "ltogen", "doctor"]


def _lines(done: Run, subject: str) -> list[str]:
    lines = done.stdout.splitlines()
    return [line for line in lines if line[9:].startswith(f"{subject} ")]


def test_what_is_here(tmp_path: Path) -> None:
    done = run(LTOGEN, tmp_path, {"PATH": PATH})
    assert done.status == 0, done.text
    assert _lines(done, "ninja")[0].startswith("ok")
    assert _lines(done, "ld.ltogen")[0].startswith("ok")
    if SYSTEM is not None:
        assert SYSTEM.version in _lines(done, "system")[0]
        assert "run" in _lines(done, "system: C")[0]


def test_a_linker_that_clang_would_not_find(tmp_path: Path) -> None:
    done = run(LTOGEN, tmp_path, {"PATH": "/usr/bin:/bin"})
    assert _lines(done, "ld.ltogen")[0].startswith("missing")
    assert "on PATH" in done.stdout


@needs_clang
def test_names_and_runtimes_of_this_machine(tmp_path: Path) -> None:
    done = run(LTOGEN, tmp_path, {"PATH": PATH})
    assert f"CC={Path(CC).name} CXX={Path(CXX).name}" in _lines(done, "system: other builds")[0]
    path = Path(_lines(done, "system: sanitizers")[0].split()[-1])
    (tmp_path / "a.c").write_text("int main(void) { return 0; }\n")
    linked = run([CC, "-fsanitize=address", "-fuse-ld=lld", "-Wl,--trace", "a.c"], tmp_path)
    assert str(path) in linked.stdout, linked.text


def test_nothing_here(tmp_path: Path) -> None:
    """Without any tool it still says what brings them."""
    done = run(LTOGEN, tmp_path, {"PATH": str(tmp_path)})
    missing = _lines(done, "cmp")[0]
    assert missing.startswith("missing")
    assert "diffutils" in done.stdout
    assert "Traceback" not in done.text
