"""Links that agree on a module have its object from one compile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sources import compile_without_hash
from tests.support.workspace import Workspace

# What `square` does is inlined here, and no further.
CALL = """
    int square(int);
    __attribute__((noinline)) int call(int x) { return square(x) + 1; }
    """
SQUARE = "int square(int x) { return x * x; }\n"
MAIN = """
    #include <stdio.h>
    int call(int);
    int main(void) { printf("%d\\n", call(7)); return 0; }
    """
LIBRARY = """
    [targets.caller]
    kind = "static-library"
    sources = ["call.c"]
    """


def program(name: str, *sources: str) -> str:
    """A target that links the library."""
    return f"""
    [targets.{name}]
    sources = {["main.c", *sources]}
    depends = ["caller"]
    """


def kept(workspace: Workspace) -> list[Path]:
    """Objects in the store."""
    return [path for path in (workspace.root / "out/store").resolve().rglob("*-*")
            if path.is_file()]


@pytest.fixture
def twins(workspace: Workspace) -> Workspace:
    """Two programs, built, that agree on everything in a library of two modules."""
    workspace.write({
        "call.c": CALL, "square.c": SQUARE, "main.c": MAIN,
        "ltogen.toml": LIBRARY.replace('"call.c"', '"call.c", "square.c"')
        + program("one") + program("two")})
    workspace.configure()
    workspace.make("-j1")
    return workspace


def test_one_object_for_both(twins: Workspace) -> None:
    # main.c, call.c and square.c.
    assert len(kept(twins)) == 3
    for module in ("call", "square"):
        objects = [twins.root / f"out/native/{name}/caller/{module}.c.o" for name in ("one", "two")]
        assert objects[0].read_bytes() == objects[1].read_bytes()
    assert twins.output("one") == twins.output("two") == "50\n"


def test_an_index_without_hashes_is_no_key(workspace: Workspace) -> None:
    """`three` imports from bitcode whose changes its indexes do not show."""
    workspace.write({
        "call.c": CALL, "square.c": SQUARE.replace("x * x", "x * x + 1"), "main.c": MAIN,
        "ltogen.toml": LIBRARY + program("one", "square.c") + program("two", "square.c")
        + program("three", "square.o")})
    compile_without_hash(workspace, "square.c", "square.o")
    workspace.configure()
    workspace.make()
    assert workspace.output("three") == "51\n"
    workspace.write({"new.c": SQUARE.replace("x * x", "x * x + 2")})
    compile_without_hash(workspace, "new.c", "square.o")
    workspace.make()
    assert workspace.output("three") == "52\n"
    assert workspace.output("one") == "51\n"
    assert workspace.no_work()
