"""Linker scripts that a build makes, and what lies behind them: never a failed link."""

from __future__ import annotations

import itertools
import shlex
from pathlib import Path

import pytest

from tests.support.existing_build import (
    Existing,
    behaviour,
    check,
    existing,
)
from tests.support.linked import CUBE, SQUARE
from tests.support.sources import archive, compile_with
from tests.support.system_toolchain import needs_clang
from tests.support.workspace import Workspace
from tests.test_modes import MODES, project
from tests.test_scripts_of_bitcode import ALONE, PLACES

_MAIN = """\
#include <stdio.h>
int square(int); int cube(int);
int main(int n, char **v) { (void)v; printf("%d\\n", square(n + 6) + cube(3) + 40); return 0; }
"""
# How the edge of a script names what the script does: as inputs, beside them, or not at all.
STYLES = {"inputs": "square.o cube.o native.o libreal.a",
          "implicit": "| square.o cube.o native.o libreal.a", "none": ""}


def _build(tmp_path: Path, flags: str, words: tuple[str, ...], scripts: dict[str, str],
           style: str) -> Existing:
    edges = "".join(f"""
        build {name}: run {STYLES[style]}
          do = printf '%s\\n' {shlex.quote(text)} > {name}
        """.replace("\n        ", "\n") for name, text in (
            (name, text.replace("\n", " ")) for name, text in scripts.items()))
    return existing(tmp_path / "build", {
        "main.c": _MAIN, "square.c": SQUARE, "cube.c": CUBE,
        "native.c": "int native(void) { return 1; }\n", "build.ninja": f"""\
cflags = -O2 {flags}
build main.o: cc main.c
build square.o: cc square.c
build cube.o: cc cube.c
build native.o: cc native.c
build libreal.a: ar square.o cube.o
build app: link main.o | square.o cube.o native.o libreal.a {" ".join(scripts)}
  libs = {" ".join(words)} -L. -flto=thin
build other: link main.o square.o cube.o
{edges}"""})


@needs_clang
@pytest.mark.parametrize(("place", "style", "flags"), dict.fromkeys((
    *((place, "none", "-flto=thin") for place in (*PLACES, *ALONE)),
    *itertools.product(("a library", "objects", "the script of the link"), STYLES,
                       ("", "-flto=thin")))))
def test_a_script_that_the_build_makes(tmp_path: Path, place: str, style: str,
                                       flags: str) -> None:
    build = _build(tmp_path, flags, *(PLACES.get(place) or ALONE[place]), style)
    check(build, "app", "other", edit=("square.c", "x * x", "x * x + 1"))
    alone = place in ALONE or "library" in place
    assert alone or any("square.o" in name for name in build.imports("app")["main.o"])


@needs_clang
def test_a_library_is_known_when_it_is_there(tmp_path: Path) -> None:
    """To make every library first, because it may be a script, would take long."""
    words, scripts = PLACES["a library"]
    build = _build(tmp_path, "-flto=thin", words, scripts, "inputs")
    build.take_over()
    said = build.make().stdout
    assert ("\nltogen: warning: app is left to the linker: ./libboth.so names ./libreal.a, bitcode "
            "that was not known when the graph was made\n") in said
    assert "no work to do" in build.make().stdout
    assert behaviour(build.folder, "app") == (0, "116\n")
    assert not build.natives("app")
    assert not list(build.folder.rglob("*at*.thinlto.bc"))
    build.take_over()
    assert "warning" not in build.make().stdout
    assert any("square.o" in name for name in build.imports("app")["main.o"])
    assert behaviour(build.folder, "app") == (0, "116\n")


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
