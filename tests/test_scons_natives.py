"""The native objects of a link, which SCons has no nodes for while they are up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.scons_project import PROGRAM, Project


@pytest.fixture
def built(built_scons_project: Project) -> Project:
    """The short name."""
    return built_scons_project


def _native(project: Project) -> Path:
    return project.root / "ltogen.out/native/program/src/scale.o"


@pytest.mark.parametrize("how", ["deleted", "overwritten"])
def test_a_native_that_somebody_touched_is_made_again(built: Project, how: str) -> None:
    product = (built.root / "program").read_bytes()
    if how == "deleted":
        _native(built).unlink()
    else:
        _native(built).write_bytes(b"no object")
    assert [line.split(" for ")[0] for line in built.make()] == [
        f"code src/{_native(built).name}"]
    assert (built.root / "program").read_bytes() == product
    assert built.make() == []


@pytest.mark.parametrize("content", [None, b"", b"\xff\x00rest"])
def test_what_natives_were_made_of_may_be_lost(built: Project, content: bytes | None) -> None:
    (kept,) = (built.root / "ltogen.out").rglob("*.kept")
    if content is None:
        kept.unlink()
    else:
        kept.write_bytes(content)
    assert built.make() == []
    built.edit("src/shift.c", "<<", "* 10 <<")
    assert "link program" in built.make()
    assert built.output("program") == "420\n"


def test_an_interrupted_build_goes_on(built: Project) -> None:
    built.edit("src/shift.c", "<<", "* 10 <<")
    product = (built.root / "program").read_bytes()
    (kept,) = (built.root / "ltogen.out").rglob("*.kept")
    (kept.parent / f"{kept.name}.new").mkdir()
    assert built.scons().status != 0  # behind the natives, before the link
    (kept.parent / f"{kept.name}.new").rmdir()
    built.edit("src/shift.c", "* 10 <<", "<<")
    assert "link program" not in built.make()
    assert built.output("program") == "42\n"
    assert (built.root / "program").read_bytes() == product


def test_other_flags_reach_the_backends(built: Project) -> None:
    path = built.root / "SConstruct"
    path.write_text(path.read_text().replace("'-O2'", "'-O2', '-mno-red-zone'"))
    assert len([line for line in built.make() if line.startswith("code ")]) == 3
    assert built.output("program") == "42\n"


def test_a_native_that_scons_comes_upon_first(scons_project: Project) -> None:
    scons_project.write("File('ltogen.out/native/program/src/scale.o')\n" + PROGRAM)
    scons_project.make("-j4")
    assert scons_project.output("program") == "42\n"
    assert scons_project.make() == []
