"""Source patterns match what Python's own `glob` matches."""

from __future__ import annotations

import glob
import os
import warnings
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ltogen.frontends.project import globs
from tests.support.workspace import Workspace

_NAME = st.text(st.sampled_from("ab.c-]!^ é"), min_size=1, max_size=4).filter(
    lambda name: name not in (".", ".."))
_PATH = st.lists(_NAME, min_size=1, max_size=4).map("/".join)
_PART = (st.sampled_from(["*", "**", "*.c", "?", "[ab]*", "[!a]*", "a*", ".*", "[a-c]?", "*]",
                          "[]]", "[!]]*", "[^a]", "[z-a]", "[", "[!]", "[a",
                          "[]", "[[]", "[a-", "[--a]"])
         | _NAME | st.text(st.sampled_from("ab.c*?[]!-^"), min_size=1, max_size=6))
_PATTERN = st.lists(_PART, min_size=1, max_size=4).map("/".join).filter(globs.is_pattern).filter(
    lambda pattern: not {".", ".."} & set(pattern.split("/")))


def _make(root: Path, paths: Iterable[str]) -> None:
    for path in paths:
        try:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(path)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            pass  # one of these names is a file and the folder of another


def _files(root: Path, pattern: str) -> list[str]:
    return [path for path, _ in globs.expand(str(root), pattern).files]


def _by_python(root: Path, pattern: str) -> list[str]:
    # To glob, `a/**` matches the file `a` as well, and calls it `a/`.
    return sorted({path for path in glob.glob(pattern, root_dir=root, recursive=True)
                   if (root / path).is_file() and not path.endswith("/")})


_counter = iter(range(10**9))


@settings(max_examples=100, deadline=None)
@given(st.lists(_PATH, max_size=8), st.lists(_PATTERN, min_size=1, max_size=6))
@example(["a", "]", "[a", "a/b.c"], ["[]]", "[a", "[!]", "**", "a/**"])
@example(["]b", "^", "-", "\\"], ["[]]b", "[]-a]b", "[^]", "[--a]", "[\\]"])
def test_agrees_with_python(tmp_path_factory: pytest.TempPathFactory, paths: list[str],
                            patterns: list[str]) -> None:
    root = tmp_path_factory.getbasetemp() / f"globs{next(_counter)}"
    root.mkdir()
    _make(root, paths)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for pattern in patterns:
            assert _files(root, pattern) == _by_python(root, pattern), pattern


@settings(max_examples=100, deadline=None)
@given(st.lists(_PATH, max_size=8), st.lists(_PATTERN, min_size=1, max_size=6))
@example(["a/b.c", "a/b/c"], ["a/**", "**", "**/*", "a/**/c"])
def test_what_a_pattern_finds_it_also_excludes(tmp_path_factory: pytest.TempPathFactory,
                                               paths: list[str], patterns: list[str]) -> None:
    root = tmp_path_factory.getbasetemp() / f"excluded{next(_counter)}"
    root.mkdir()
    _make(root, paths)
    for pattern in patterns:
        found = _files(root, pattern)
        every = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
        excluded = {path for path in every if globs.matches(path, pattern)}
        assert excluded.issuperset(found), pattern
        # A hidden file is found only by name, but nothing protects it from being excluded.
        assert {path for path in excluded if "/." not in f"/{path}"} <= set(found), pattern


@pytest.mark.parametrize(("pattern", "found"), [
    ("*.c", ["a.c", "b.c"]),
    ("**/*.c", ["a.c", "b.c", "sub/c.c", "sub/deep/d.c"]),
    ("sub/**/*.c", ["sub/c.c", "sub/deep/d.c"]),
    ("**/deep/*", ["sub/deep/d.c", "sub/deep/e.h"]),
    ("**/**/e.h", ["sub/deep/e.h"]),
    ("sub/**", ["sub/c.c", "sub/deep/d.c", "sub/deep/e.h"]),
    ("*/*.c", ["sub/c.c"]),
    ("[ab].c", ["a.c", "b.c"]),
    ("[!a].c", ["b.c"]),
    ("?.c", ["a.c", "b.c"]),
    (".hidden/*.c", [".hidden/h.c"]),
    (".*/*.c", [".hidden/h.c"]),
    ("sub*/?.c", ["sub/c.c"]),
    ("*.C", []),
    ("*.c/*", []),
])
def test_patterns(tmp_path: Path, pattern: str, found: list[str]) -> None:
    _make(tmp_path, ["a.c", "b.c", "sub/c.c", "sub/deep/d.c", "sub/deep/e.h", ".hidden/h.c",
                     "sub/.x.c"])
    assert _files(tmp_path, pattern) == found == _by_python(tmp_path, pattern)


def test_sizes(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes(b"x" * 123)
    (tmp_path / "b.c").touch()
    assert globs.expand(str(tmp_path), "*.c").files == (("a.c", 123), ("b.c", 0))


def test_absolute_and_upward_patterns(tmp_path: Path) -> None:
    _make(tmp_path, ["x/a.c", "y/b.c"])
    assert _files(tmp_path / "x", f"{tmp_path}/y/*.c") == [f"{tmp_path}/y/b.c"]
    assert _files(tmp_path / "x", "../y/*.c") == ["../y/b.c"]


def test_folders_are_those_whose_change_matters(tmp_path: Path) -> None:
    """A new file in any of them may match; one in any other folder cannot."""
    _make(tmp_path, ["src/a.c", "src/one/b.c", "src/two/three/c.h", "doc/x.c"])
    assert set(globs.expand(str(tmp_path), "src/**/*.c").folders) == {
        "src", "src/one", "src/two", "src/two/three"}
    assert set(globs.expand(str(tmp_path), "src/*.c").folders) == {"src"}
    assert set(globs.expand(str(tmp_path), "*.c").folders) == {"."}
    assert set(globs.expand(str(tmp_path), "src/*/b.c").folders) == {
        "src", "src/one", "src/two"}


def test_links(tmp_path: Path) -> None:
    """A linked file and a linked folder count, but `**` does not go round in circles."""
    _make(tmp_path, ["real/a.c"])
    for name, leads_to in (("b.c", "real/a.c"), ("linked", "real"), ("real/up", ".."),
                           ("dangling.c", "nosuch")):
        (tmp_path / name).symlink_to(leads_to)
    assert _files(tmp_path, "*.c") == ["b.c"]
    assert _files(tmp_path, "linked/*.c") == ["linked/a.c"]
    assert _files(tmp_path, "*/a.c") == ["linked/a.c", "real/a.c"]
    assert _files(tmp_path, "**/*.c") == ["b.c", "real/a.c"]


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.c")
    (tmp_path / name).touch()
    assert _files(tmp_path, "*.c") == [name] == _files(tmp_path, "caf?.c")


@pytest.mark.parametrize(("path", "pattern", "covered"), [
    ("a.c", "a.c", True), ("a.c", "*.c", True), ("sub/a.c", "*.c", False),
    ("sub/a.c", "**/*.c", True), ("a.c", "**/*.c", True), ("sub/a.c", "sub/**", True),
    ("sub/deep/a.c", "sub/**", True), ("subway/a.c", "sub/**", False), ("axc", "a.c", False),
    ("a.cc", "*.c", False), ("a\nb.c", "*.c", True), ("a+b.c", "a+b.c", True),
])
def test_exclusions(path: str, pattern: str, covered: bool) -> None:
    assert globs.matches(path, pattern) is covered


def test_a_build_does_not_look_like_a_new_source(workspace: Workspace) -> None:
    """No tool may leave or try anything in the folder that is searched: it would reconfigure."""
    workspace.write({"ltogen.toml": '[targets.app]\nsources = ["*.c"]\n',
                     "main.c": "int main(void) { return 0; }\n"})
    workspace.configure()
    before = workspace.root.stat().st_mtime_ns
    workspace.make()
    assert workspace.root.stat().st_mtime_ns == before
    assert not workspace.make().edges
