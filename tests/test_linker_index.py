"""Indexes: what they say of modules, and what is left without that."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltogen.linker import index, index_paths
from ltogen.toolchain import Request, choose
from tests.support.workspace import Workspace, run

PROGRAM = {
    "ltogen.toml": '[targets.program]\nsources = ["*.c"]\n',
    # LLVM writes paths in letters of six, seven or eight bits: one has a `+` and one a space.
    "main.c": "int f(int), g(int); int main(int n, char **words) { return f(n) + g(n); }",
    "f+f.c": "int f(int x) { return x + 1; }",
    "g g.c": "int g(int x) { return x + 2; }",
}


@pytest.fixture
def built(workspace: Workspace) -> Path:
    """The folder of a small program's graph."""
    workspace.write(PROGRAM)
    workspace.configure()
    workspace.make()
    return workspace.root / "out"


def _indexes(out: Path) -> dict[str, bytes]:
    folder = out / "thinlink/program/program"
    return {path.name.removesuffix(".o.thinlto.bc"): path.read_bytes()
            for path in folder.glob("*.bc")}


def test_modules_with_their_paths_and_hashes(built: Path) -> None:
    indexes = _indexes(built)
    assert set(indexes) == {"main.c", "f+f.c", "g g.c"}
    read = index.read(indexes["main.c"])
    assert read
    assert [one.number for one in read.modules] == [0, 1, 2]
    assert {one.path for one in read.modules} == {
        f"out/bitcode/program/{name}.o" for name in indexes}
    for one in read.modules:
        assert len(one.identity) == 40
        assert one.identity == index.hash_of((built.parent / one.path).read_bytes())


def test_the_rest_names_no_module(built: Path) -> None:
    for data in _indexes(built).values():
        read = index.read(data)
        assert read
        for one in read.modules:
            assert bytes.fromhex(one.identity)[::-1] not in read.rest
            assert one.path.encode() not in read.rest


def test_what_changes_with_a_body_is_its_hash(workspace: Workspace, built: Path) -> None:
    before = index.read(_indexes(built)["main.c"])
    workspace.write({"f+f.c": "int f(int x) { return x + 3; }"})
    workspace.make()
    after = index.read(_indexes(built)["main.c"])
    assert before
    assert after
    assert before.rest == after.rest
    changed = {one.path for one, other in zip(after.modules, before.modules, strict=True)
               if one.identity != other.identity}
    assert changed == {"out/bitcode/program/f+f.c.o"}


def test_what_is_no_index() -> None:
    for data in (b"", b"BC\xc0\xde", b"\x7fELF" + bytes(100), b"BC\xc0\xde" + bytes(100)):
        assert index.read(data) is None
        assert index.hash_of(data) == ""


# As LLVM wrote it: a.o and main.o, which imports from it.
WRITTEN = bytes.fromhex(
    "4243c0de210c0000360000000b022113030000001400000022030899209101844c8ec80042863205"
    "040a8142a01028040a030c80efbc0fb0bfde87593f549f72cde362661ede3e8c54de010603208def"
    "7cc162dfb1f7533b1dd201b9270e201bb4864d311f000000a12000001c000000a304cc5041380642"
    "42901128040a0aea9e22991f4399ba49f861fe92ee145cc0a0c186ac725bbfbaf15cd8024284c810"
    "22428808112246484c034284c81821291108112243484c0e42448818212943881031421500000e03"
    "8d010000800904a04340500301e030801800013008042000000000005d0c00000200000012039400"
    "00000000")


@given(st.lists(st.tuples(st.integers(0, len(WRITTEN) - 1), st.integers(0, 255)), max_size=8),
       st.integers(0, len(WRITTEN)))
def test_damage_is_no_index_or_another(changes: list[tuple[int, int]], size: int) -> None:
    data = bytearray(WRITTEN)
    for place, value in changes:
        data[place] = value
    read = index.read(bytes(data[:size]))
    for one in read.modules if read else ():
        assert isinstance(one.path, str)
    index.hash_of(bytes(data[:size]))


def _new_name(module: index.Module) -> str:
    return f"{'other ' * module.number}{module.number}.bc"


def test_other_paths(workspace: Workspace, built: Path) -> None:
    """A backend of renamed bitcode, by a renamed index, makes the same object."""
    toolchain = choose(Request(kind=workspace.toolchain), built / "none.json")
    for name, data in _indexes(built).items():
        read, made = index.read(data), index_paths.renamed(data, _new_name)
        assert read
        assert made
        again = index.read(made)
        assert again
        assert [(one.number, one.identity) for one in again.modules] == [
            (one.number, one.identity) for one in read.modules]
        assert [one.path for one in again.modules] == [_new_name(one) for one in read.modules]
        assert again.rest == read.rest
        folder = built.parent / f"other-{name}"
        folder.mkdir()
        for one in read.modules:
            shutil.copy(built.parent / one.path, folder / _new_name(one))
        (folder / "i").write_bytes(made)
        own = next(one for one in read.modules if one.path.endswith(f"/{name}.o"))
        backend = [*toolchain.backend, "-O2", "-ffunction-sections", "-fdata-sections", "-fPIC",
                   "-Wno-override-module", "-mllvm", "-use-source-filename-for-promoted-locals",
                   "-c", "-x", "ir"]
        done = run([*backend, _new_name(own), "-fthinlto-index=i", "-o", "n.o"], folder)
        assert done.status == 0, done.text
        assert (folder / "n.o").read_bytes() == (
            built / f"native/program/program/{name}.o").read_bytes()


def test_other_paths_of_what_is_no_index() -> None:
    for data in (b"", b"BC\xc0\xde", b"BC\xc0\xde" + bytes(100), WRITTEN[:-40]):
        assert index_paths.renamed(data, _new_name) is None or data == WRITTEN[:-40]


def test_an_index_behind_one_without_forms() -> None:
    """What is remembered of one that is damaged does not hold for the next."""
    start = 24  # where the content of the block begins
    index.read(WRITTEN[:start] + bytes(len(WRITTEN) - start))
    assert index.read(WRITTEN) is not None
