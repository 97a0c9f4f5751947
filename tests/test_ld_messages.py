"""What `ld.ltogen` says of a link: of the user's files, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.linked import Linked
from tests.support.system_toolchain import AR, needs_clang

pytestmark = needs_clang
_MAIN = "int used(int); int main(void) { return used(1); }\n"
_USED = """int missing(int);
__attribute__((noinline)) int used(int x) { return missing(x) + 1; }
"""
_ASSEMBLER = 'int used(int x) { __asm__("bogus %0" :: "r"(x)); return x; }\n'


@pytest.fixture
def linked(tmp_path: Path) -> Linked:
    return Linked(tmp_path / "work")


def _compile(linked: Linked, **sources: str) -> None:
    linked.folder.mkdir()
    linked.write({f"{name}.c": text for name, text in sources.items()})
    linked.compile(*(f"{name}.c" for name in sources))


def _failed(linked: Linked, *words: str) -> str:
    done = linked.try_link(*words, "-o", "app")
    assert done.status != 0
    assert ".ltogen/" not in done.stderr
    return done.stderr


def test_an_undefined_symbol_is_referenced_by_the_user_s_object(linked: Linked) -> None:
    _compile(linked, main=_MAIN, used=_USED)
    assert ">>> referenced by used.c\n>>>               used.o:(used)\n" in _failed(
        linked, "main.o", "used.o")


def test_a_member_of_an_archive_is_said_so(linked: Linked) -> None:
    _compile(linked, main=_MAIN, used=_USED)
    assert linked.run([AR, "rcs", "libused.a", "used.o"]).status == 0
    assert "libused.a(used.o at " in _failed(linked, "main.o", "libused.a")


def test_an_error_of_inline_assembler_has_its_object_and_line(linked: Linked) -> None:
    _compile(linked, main=_MAIN.replace("used(1)", "0"), used=_ASSEMBLER)
    said = _failed(linked, "main.o", "used.o", "-Wl,-u,used")
    assert said.startswith("used.o <inline asm>:1:2: error: invalid instruction mnemonic 'bogus'\n")


def test_the_code_of_full_lto_is_named_after_the_output(linked: Linked) -> None:
    linked.folder.mkdir()
    linked.write({"main.c": _MAIN, "used.c": _USED})
    linked.compile("main.c", "used.c", flags=("-O2", "-flto=full"))
    words = ("main.o", "used.o", "-o", "app")
    said = _failed(linked, *words)
    assert "app.lto.o:(used)" in said
    assert said == linked.try_link(*words, linker="lld").stderr


def test_a_map_names_the_code_of_full_lto_after_the_output(linked: Linked) -> None:
    linked.folder.mkdir()
    linked.write({"main.c": _MAIN, "used.c": "int used(int x) { return x; }\n"})
    linked.compile("main.c", "used.c", flags=("-O2", "-flto=full"))
    for linker in ("lld", "ltogen"):
        done = linked.try_link("main.o", "used.o", "-o", "app", "-Wl,-M", linker=linker)
        assert done.status == 0, done.text
        assert " app.lto.o:(.text" in done.stdout
        assert "regular-lto.o" not in done.stdout


def test_a_warning_of_both_links_is_said_once(linked: Linked) -> None:
    _compile(linked, main=_MAIN, used="int used(int x) { return x; }\n")
    words = ("main.o", "used.o", "-Wl,-z,bogus", "-o", "app")
    ours, theirs = linked.try_link(*words), linked.try_link(*words, linker="lld")
    assert ours.status == theirs.status == 0
    assert ours.stderr == theirs.stderr != ""
