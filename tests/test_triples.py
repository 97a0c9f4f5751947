"""Modules whose triple is spelled as clang would not: they keep it, and nobody warns."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltogen.clang import triples
from tests.support.linked import APP, Linked, three_modules
from tests.support.sources import archive, compile_with, tools
from tests.support.system_toolchain import SYSTEM, needs_clang
from tests.support.taken_over import RULES, SMALL, Existing
from tests.support.workspace import Workspace


def _other(triple: str) -> tuple[str, ...]:
    """Flags for the same machine under another vendor's name, as rustc names it."""
    architecture, vendor, *system = triple.split("-")
    other = "unknown" if vendor != "unknown" else "pc"
    return "-Xclang", "-triple", "-Xclang", "-".join((architecture, other, *system))


@needs_clang
def test_the_linker(tmp_path: Path) -> None:
    assert SYSTEM is not None
    linked = three_modules(tmp_path / "work")
    sources = ("main.c", "square.c", "cube.c")
    linked.compile(*sources, flags=("-O2", "-flto=thin", *_other(SYSTEM.target)))
    linked.link(*APP)  # says nothing
    assert linked.became() == "3 of 3 modules compiled"
    assert linked.output() == "49 27\n"


def _says_nothing(workspace: Workspace) -> None:
    workspace.configure()
    done = workspace.make()
    assert "triple" not in done.text and "warning" not in done.text, done.text


@pytest.mark.parametrize("sources", ["objects", "library", "compiled"])
def test_the_project_file(workspace: Workspace, sources: str) -> None:
    flags = _other(tools(workspace.toolchain).target)
    workspace.write({"main.c": SMALL["main.c"], "square.c": SMALL["square.c"]})
    taken = 'sources = ["main.o", "square.o"]'
    if sources == "compiled":
        taken = f'sources = ["*.c"]\ncompile-args = {list(flags)}'
    else:
        for name in ("main", "square"):
            compile_with(workspace, f"{name}.c", f"{name}.o", "-flto=thin", *flags)
    if sources == "library":
        archive(workspace, "libsquare.a", "square.o")
        taken = 'sources = ["main.o"]\nlibraries = ["./libsquare.a"]'
    workspace.write({"ltogen.toml": f"[targets.program]\n{taken}\n"})
    _says_nothing(workspace)
    assert workspace.output("program") == "49\n"


@needs_clang
def test_another_build(tmp_path: Path) -> None:
    assert SYSTEM is not None
    flags = " ".join(_other(SYSTEM.target))
    existing = Existing(tmp_path / "build")
    existing.write({**SMALL, "build.ninja": RULES + f"""
        build main.o: cc main.c
          cflags = -O2 {flags}
        build app: link main.o prebuilt.o
        """.replace("\n        ", "\n")})
    linked = Linked(existing.root)
    linked.compile("square.c", flags=("-O2", "-flto=thin", *_other(SYSTEM.target)))
    (existing.root / "square.o").rename(existing.root / "prebuilt.o")
    existing.configure()
    done = existing.make()
    assert "triple" not in done.text and "warning" not in done.text, done.text


def test_another_machine_is_no_matter_of_names() -> None:
    here = "x86_64-pc-linux-gnu"
    assert triples.kept("x86_64-unknown-linux-gnu", here)[-1] == "x86_64-unknown-linux-gnu"
    for triple in (here, "", "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl"):
        assert triples.kept(triple, here) == ()
