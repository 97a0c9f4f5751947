"""Sources that cannot be built are refused by name when the project is configured."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.errors_helper import assert_one_line, content, refused, refused_project
from tests.support.workspace import Workspace

MAIN = "int main(void) { return 0; }\n"


def _sources(*patterns: str) -> str:
    words = ", ".join(f'"{pattern}"' for pattern in patterns)
    return f"[targets.app]\nsources = [{words}]\n"


@pytest.mark.parametrize("pattern", ["src/*.c", "**/*.cpp", "[b-z].c", "a?.c", "nosuch/**/*.c"])
def test_pattern_that_matches_nothing(any_workspace: Workspace, pattern: str) -> None:
    refused_project(any_workspace, _sources("a.c", pattern), "ltogen.toml: [targets.app] sources",
                    pattern, "matches no file")


@pytest.mark.parametrize("name", ["b.c", "src/b.c", "a.c/b.c", "../b.c", "/nosuch/b.c"])
def test_missing_source(any_workspace: Workspace, name: str) -> None:
    refused_project(any_workspace, _sources("a.c", name), "ltogen.toml: [targets.app] sources",
                    f" {name}: ", "no such file")


def test_folder_as_a_source(any_workspace: Workspace) -> None:
    refused(any_workspace, {"ltogen.toml": _sources("src.c"), "src.c/x": ""}, "src.c",
            "no such file")


@pytest.mark.parametrize("name", ["a.txt", "Makefile", "a.c.bak", "a.", "a.py"])
def test_source_of_unknown_extension(any_workspace: Workspace, name: str) -> None:
    refused(any_workspace, {"ltogen.toml": _sources(name), name: ""},
            "[targets.app] sources", f" {name}: ", "extension", "rename")


def test_every_source_excluded(any_workspace: Workspace) -> None:
    refused_project(any_workspace, _sources("a.c", "!*.c"), "[targets.app] sources", "'!'")


def test_folder_excluded_with_all_in_it(any_workspace: Workspace) -> None:
    any_workspace.write({"ltogen.toml": _sources("**/*.c", "!other/**"), "a.c": MAIN,
                         "other/bad.c": "#error\n", "other/deep/bad.c": "#error\n"})
    any_workspace.configure()
    assert "bad.c" not in (any_workspace.root / "build.ninja").read_text()


@pytest.mark.parametrize("pattern", ["[!].c", "[z-a].c", "[", "[a", "[[]x].c", "[^].c"])
def test_pattern_with_odd_brackets(any_workspace: Workspace, pattern: str) -> None:
    """An odd pattern is one that matches nothing."""
    refused_project(any_workspace, _sources(pattern), pattern)
    refused_project(any_workspace, _sources("a.c", "!" + pattern, "!a.c"), "'!'")


def test_one_file_under_two_spellings(any_workspace: Workspace) -> None:
    """`./a.c` is `a.c`, whether a pattern finds it or a name."""
    any_workspace.write({"ltogen.toml": _sources("./*.c", "a.c", "./a.c", ".//a.c"),
                         "a.c": MAIN})
    any_workspace.configure()
    assert [edge for edge in any_workspace.make().edges if "compile" in edge] == ["compile a.c"]


@pytest.mark.parametrize("pattern", ["./a.c", "sub/../a.c"])
def test_excluded_under_another_spelling(any_workspace: Workspace, pattern: str) -> None:
    refused_project(any_workspace, _sources("a.c", "!" + pattern), "'!'")


def test_two_sources_with_the_same_object(any_workspace: Workspace) -> None:
    (any_workspace.root.parent / "x.c").write_text("")
    refused(any_workspace, {"ltogen.toml": _sources("_up/x.c", "../x.c"), "_up/x.c": MAIN},
            "[targets.app] sources", "../x.c and _up/x.c", "same object", "rename")


def test_object_that_is_the_folder_of_another(any_workspace: Workspace) -> None:
    refused(any_workspace,
            {"ltogen.toml": _sources("a.c", "a.c.o/b.c"), "a.c": MAIN, "a.c.o/b.c": ""},
            "[targets.app] sources", "a.c.o/b.c", "rename")


@pytest.mark.parametrize("name", ["a\nb.c", "a|b.c", "a\rb.c", "sub\nfolder/a.c", "s|b/a.c"])
def test_found_path_that_no_manifest_can_spell(any_workspace: Workspace, name: str) -> None:
    refused(any_workspace, {"ltogen.toml": _sources("**/*.c"), "main.c": MAIN, name: ""},
            "[targets.app]", repr(name.partition("/")[0])[:-1], "rename")


@pytest.mark.parametrize("name", ["a\\nb.c", "a|b.c", "*|.c"])
def test_named_path_that_no_manifest_can_spell(any_workspace: Workspace, name: str) -> None:
    refused_project(any_workspace, _sources(name), "[targets.app]", "rename", name)


@pytest.mark.parametrize("name", ["a\nb", "a|b"])
def test_searched_folder_that_no_manifest_can_spell(any_workspace: Workspace, name: str) -> None:
    """The manifest watches it although no source lies in it: refused, or built all the same."""
    any_workspace.write({"ltogen.toml": _sources("**/*.c"), "main.c": MAIN, f"{name}/notes": ""})
    done = any_workspace.try_configure()
    if done.status:
        assert_one_line(done, repr(name)[1:-1])
    else:
        any_workspace.make()
        assert any_workspace.no_work()


def test_path_with_a_byte_that_is_not_utf8(any_workspace: Workspace) -> None:
    any_workspace.write({"ltogen.toml": _sources("*.c"), "main.c": MAIN})
    Path(os.fsdecode(os.fsencode(any_workspace.root) + b"/caf\xe9.c")).write_text("int cafe;\n")
    done = any_workspace.try_configure()
    if done.status:
        assert_one_line(done, "caf", "rename")
    else:
        any_workspace.make()
        assert any_workspace.no_work()


def test_project_in_a_folder_that_no_manifest_can_spell(any_workspace: Workspace) -> None:
    any_workspace.write({"a|b/ltogen.toml": _sources("a.c"), "a|b/a.c": MAIN})
    before = content(any_workspace.root)
    assert_one_line(any_workspace.try_configure("a|b"), "a|b", "rename")
    assert content(any_workspace.root) == before


def test_the_first_error_of_several_is_told(any_workspace: Workspace) -> None:
    refused_project(any_workspace, "[targets.a]\nsources = ['no.c']\n"
                                   "[targets.b]\nsources = ['nor.c']\n", "[targets.a]", "no.c")


def test_text_with_the_name_of_bitcode(any_workspace: Workspace) -> None:
    refused(any_workspace, {"ltogen.toml": _sources("a.bc"), "a.bc": "; not bitcode\n"},
            "[targets.app] sources", " a.bc: ", "not LLVM bitcode", "rebuild")


def test_empty_file_with_the_name_of_bitcode(any_workspace: Workspace) -> None:
    refused(any_workspace, {"ltogen.toml": _sources("a.bc"), "a.bc": ""}, " a.bc: ",
            "not LLVM bitcode")
