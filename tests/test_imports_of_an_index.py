"""What an index takes of other modules, as its reader says."""

from __future__ import annotations

import os
import random
import re
import subprocess
from pathlib import Path

import pytest

from ltogen.incremental import index
from ltogen.incremental.facts import guid
from tests.support.system_toolchain import CC, SYSTEM, needs_clang

pytestmark = needs_clang

_EXPORTER = """\
static int counter;
const int table[3] = {1, 2, 3};
static const int hidden[3] = {4, 5, 6};
static int helper(int x) { return x * counter; }
int first(int x) { return helper(x) + table[x]; }
int second(int x) { return hidden[x] + x; }
int not_taken(int x) { return counter += x; }
int aliased(int) __attribute__((alias("second")));
"""
_IMPORTER = """\
int first(int), aliased(int); extern const int table[];
int start(int x) { return first(x) + aliased(x) + table[x & 1]; }
"""


@pytest.fixture
def indexed(tmp_path: Path) -> bytes:
    """The index of a module that imports from another."""
    assert SYSTEM is not None
    (tmp_path / "e.c").write_text(_EXPORTER)
    (tmp_path / "m.c").write_text(_IMPORTER)
    subprocess.run([CC, "-O2", "-flto=thin", "-c", "e.c", "m.c"], cwd=tmp_path, check=True)
    subprocess.run([*SYSTEM.ld, "-shared", "--thinlto-index-only", "-o", "/dev/null", "m.o", "e.o"],
                   cwd=tmp_path, check=True)
    return (tmp_path / "m.o.thinlto.bc").read_bytes()


def test_an_index_says_what_it_takes(indexed: bytes) -> None:
    taken = index.taken(indexed)
    assert taken is not None
    assert taken.keys() == {b"m.o", b"e.o"}
    assert taken[b"m.o"].definitions == {guid(b"start")}
    wanted = {guid(name) for name in (b"first", b"aliased", b"table")} | {guid(b"hidden", b"e.c")}
    found = taken[b"e.o"].definitions
    assert wanted <= found
    assert guid(b"not_taken") not in found
    assert not taken[b"e.o"].declarations


def test_a_damaged_index_says_nothing_or_something(indexed: bytes) -> None:
    """Never does the reader fail otherwise, and it always comes to an end."""
    source = random.Random(1)
    for _ in range(int(os.environ.get("LTOGEN_EXAMPLES", "200"))):
        data = bytearray(indexed)
        for _ in range(source.randrange(1, 4)):
            data[source.randrange(len(data))] = source.randrange(256)
        index.taken(bytes(data))
        index.taken(indexed[:source.randrange(len(indexed))])


def test_numbers_are_llvms(tmp_path: Path) -> None:
    """A GUID is that of LLVM's own listing, for names with escapes and for local ones."""
    (tmp_path / "e.ll").write_text(
        'source_filename = "a b.c"\n@"\\01exact" = global i32 1\n@"q\\22\\5C" = global i32 2\n'
        '@"l o" = internal global i32 3\n')
    analyzer = Path(CC).with_name(Path(CC).name.replace("clang", "llvm-dis"))
    subprocess.run([CC, "-flto=thin", "-c", "-x", "ir", "e.ll", "-o", "e.o"], cwd=tmp_path,
                   check=True)
    done = subprocess.run([analyzer, "e.o", "-o", "-"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    if done.returncode:
        pytest.skip("no llvm-dis beside this clang")
    said = {int(number) for number in re.findall(r"guid = (\d+)", done.stdout)}
    assert {guid(b"\1exact"), guid(b'q"\\'), guid(b"l o", b"a b.c")} <= said
