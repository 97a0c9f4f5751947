"""Large sources of an existing build in codegen units."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.existing_build import Existing, behaviour, existing
from tests.support.plain import units_with_code
from tests.support.system_toolchain import needs_clang
from tests.support.workspace import run

pytestmark = needs_clang

PROGRAMS = Path(__file__).parent / "cut_programs"
BUILD = """
    build big.o: cc big.c
    build other.o: cxx other.cpp
    build small.o: cc small.c
    build program: link big.o small.o
    build another: link_cxx other.o
    build listed: run big.o
      do = nm $in > $out
    default program another
"""
FILES = {
    "build.ninja": BUILD,
    "big.c": (PROGRAMS / "features.c").read_text(),
    "other.cpp": (PROGRAMS / "features.cpp").read_text(),
    "small.c": "int small(void) { return 1; }\n",
}


@pytest.fixture
def build(tmp_path: Path) -> Existing:
    """A build of a large and a small source of C, and one of C++."""
    return existing(tmp_path / "build", FILES)


def with_code(build: Existing) -> set[str]:
    """Units that have code of their own."""
    return units_with_code(build.folder / "ltogen.out")


def test_a_taken_over_build_is_cut(build: Existing) -> None:
    build.plain()
    build.take_over("--codegen-units", "4")
    build.make()
    for product in ("program", "another"):
        assert behaviour(build.folder, product) == behaviour(build.twin, product)
    names = with_code(build)
    assert sum(name.startswith("big.unit") for name in names) > 2
    assert sum(name.startswith("other.unit") for name in names) > 1
    assert not any(name.startswith("small") for name in names)
    assert "no work to do" in build.make().stdout
    # The build's own object is made by its own command, for who still wants it.
    assert not (build.folder / "big.o").exists()
    build.make("listed")
    assert " main" in (build.folder / "listed").read_text()
    assert "no work to do" in build.make().stdout


def test_an_edit_equals_a_clean_build_and_cmake_would_keep_the_option(build: Existing) -> None:
    build.take_over("--codegen-units", "4")
    build.make()
    build.write({"big.c": FILES["big.c"].replace("value -= 2;", "value -= 3;")})
    done = build.make()
    assert done.stdout.count("optimize ") == 1
    build.plain()
    assert behaviour(build.folder, "program") == behaviour(build.twin, "program")
    incremental = build.files()
    shutil.rmtree(build.folder / "ltogen.out")
    build.take_over("--codegen-units", "4")
    build.make()
    assert build.files() == incremental
    build.write({"build.ninja": BUILD + "\n    # the same\n"})
    build.make()
    assert with_code(build)


def test_auto_leaves_small_sources_whole(build: Existing) -> None:
    build.take_over("--codegen-units", "auto", "--plan-jobs", "64")
    build.make()
    assert not (build.folder / "ltogen.out/units").exists()


@pytest.mark.parametrize(("words", "message"), [
    (("--codegen-units", "0"), "'0' is no number from 1 on"),
    (("--codegen-units", "300"), "'300': at most 256"),
    (("--codegen-units", "few"), "'few' is no number"),
    (("--learn-costs",), "--learn-costs goes with a project file"),
])
def test_what_is_no_number(build: Existing, words: tuple[str, ...], message: str) -> None:
    done = build.try_take_over(*words)
    assert done.status == 2
    assert message in done.stderr


def explain(build: Existing, *words: str) -> str:
    """What `ltogen explain` prints."""
    done = run([sys.executable, "-P", "-m", "ltogen", "explain", *words], build.folder)
    assert done.status == 0, done.stderr
    return done.stdout


def test_why_sources_are_cut_is_said(build: Existing) -> None:
    build.take_over()
    assert explain(build).startswith("no codegen units were asked for: all sources are whole\n")
    build.take_over("--codegen-units", "4")
    lines = explain(build).splitlines()
    assert any(line.startswith("big.c: ") and " units: " in line for line in lines), lines
    assert explain(build, "small.c").startswith("small.c: whole: 0.00 s is no more than ")
    build.write({"build.ninja": BUILD.replace(
        "    build big.o: cc big.c\n",
        "    build big.o: cc big.c\n      cflags = -fprofile-generate\n")})
    build.take_over("--codegen-units", "4")
    assert "big.c: whole: -fprofile-generate is about all of it" in explain(build, "big.c")
    build.take_over()
    assert explain(build).startswith("no codegen units were asked for: all sources are whole\n")
