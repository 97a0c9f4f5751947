"""What several stories start from: a small program, and compilers for prebuilt inputs."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from ltogen.toolchain import Request, Toolchain, choose
from tests.support.workspace import Workspace, run

PROGRAM = {
    "ltogen.toml": """
        [targets.program]
        sources = ["src/**/*.c"]
        include-dirs = ["include"]
        """,
    "include/square.h": "int square(int x);\n",
    "src/main.c": """
        #include <stdio.h>
        #include "square.h"
        int main(void) { printf("%d\\n", square(7)); return 0; }
        """,
    "src/square.c": '#include "square.h"\nint square(int x) { return x * x; }\n',
    "src/alone.c": "int alone(void) { return 1; }\n",
}

ADD = "int add(int a, int b) { return a + b; }\n"
TWICE = "int twice(int x) { return 2 * x; }\n"
PRINT_ADD = """
    #include <stdio.h>
    int add(int, int);
    int main(void) { printf("%d\\n", add(2, 3)); return 0; }
    """
PRINT_TWICE = """
    #include <stdio.h>
    int twice(int);
    int main(void) { printf("%d\\n", twice(21)); return 0; }
    """


def lto(source: str, target: str = "program", unit: str = "program") -> str:
    """The description of the backend edge of one module."""
    return f"code {source} for out/{unit}"


@cache
def tools(kind: str) -> Toolchain:
    """The toolchain under test."""
    return choose(Request(kind=kind), Path("/nonexistent"))


def compile_with(workspace: Workspace, source: str, output: str, *flags: str) -> None:
    """Compile one file, as somebody else's build system would."""
    words = [*tools(workspace.toolchain).cc, "-O2", *flags, "-c", source, "-o", output]
    done = run(words, workspace.root)
    assert done.status == 0, done.text


def archive(workspace: Workspace, library: str, *objects: str) -> None:
    """Write a static library, as somebody else's build system would."""
    (workspace.root / library).unlink(missing_ok=True)
    done = run([*tools(workspace.toolchain).ar, "qcs", library, *objects], workspace.root)
    assert done.status == 0, done.text


def foreign_driver(workspace: Workspace) -> list[str]:
    """A compiler that links with something else than lld, or else the one under test."""
    gcc = shutil.which("gcc")
    if gcc:
        return [gcc]
    found = tools(workspace.toolchain)
    return [found.cc[0], "cc"] if found.kind == "embedded" else [*found.cc]


def clean_copy(workspace: Workspace, folder: Path) -> Workspace:
    """The same project without anything that was built, configured and built from nothing."""
    shutil.copytree(workspace.root, folder, ignore=shutil.ignore_patterns(
        "out", "build.ninja", "compile_commands.json"))
    copy = Workspace(folder, workspace.toolchain, workspace.ninja, workspace.build)
    copy.configure()
    copy.make()
    return copy


def compile_without_hash(workspace: Workspace, source: str, output: str) -> None:
    """Bitcode with a summary but no hash of the module, as LLVM's `opt` writes it."""
    clang = tools(workspace.toolchain)
    beside = Path(clang.cc[0]).resolve().parent / "opt"
    opt = str(beside) if beside.exists() else shutil.which(f"opt-{clang.major}")
    if opt is None:
        pytest.skip("only LLVM's `opt` writes bitcode without hashes, and there is none here")
    compile_with(workspace, source, f"{output}.plain", "-emit-llvm", "-Iinclude")
    done = run([opt, "-module-summary", f"{output}.plain", "-o", output], workspace.root)
    assert done.status == 0, done.text
