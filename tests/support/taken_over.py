"""Builds of other generators in a temporary folder, taken over by `ltogen configure --from`."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.system_toolchain import CC, CXX, MAJOR
from tests.support.workspace import NINJA, Run, run

_UP_TO_DATE = re.compile(r"no work to do|nothing to do|\A\Z")


def tool(name: str) -> str:
    """LLVM's tool of that name, of the compiler's own major; empty if there is none."""
    return shutil.which(f"{name}-{MAJOR}") or shutil.which(name) or ""


# Rules as a person would write them, with a depfile; `cflags` and `ldflags` are the edge's to set.
RULES = f"""
cc = {CC}
cxx = {CXX}
cflags = -O2
ldflags = -fuse-ld=lld -Wl,--gc-sections
rule cc
  command = $cc $cflags -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule cxx
  command = $cxx $cflags -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule link
  command = $cc $ldflags -o $out $in $libs
rule linkxx
  command = $cxx $ldflags -o $out $in $libs
rule ar
  command = rm -f $out && ar qcs $out $in
"""

# A program that prints 49; after link-time optimisation `square` is no symbol of it any more.
MAIN = """\
#include <stdio.h>
int square(int);
int main(void) { printf("%d\\n", square(7)); return 0; }
"""
SQUARE = "int square(int x) { return x * x; }\n"
EDGES = """
build main.o: cc main.c
build square.o: cc square.c
build app: link main.o square.o
"""
SMALL = {"main.c": MAIN, "square.c": SQUARE, "build.ninja": RULES + EDGES}


@dataclass
class Existing:
    """A build folder, inside of `root`, that another generator wrote `build.ninja` into."""

    root: Path
    build: str = "."
    ninja: list[str] = field(default_factory=lambda: [NINJA])

    @property
    def folder(self) -> Path:
        """The build folder."""
        return self.root / self.build

    def write(self, files: dict[str, str]) -> None:
        """Write each file below `root`, in place."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def replace(self, name: str, old: str, new: str) -> None:
        """Edit a file; `old` must be in it."""
        path = self.root / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new))

    def generate(self, *command: str, env: dict[str, str] | None = None) -> Run:
        """A generator in `root`, which must succeed."""
        done = run(list(command), self.root, env)
        assert done.status == 0, done.text
        return done

    def cmake(self, *arguments: str, program: str = "cmake") -> None:
        """Make a build of `root/CMakeLists.txt`."""
        self.build = "build"
        self.generate(program, "-G", "Ninja", "-S", ".", "-B", "build", f"-DCMAKE_C_COMPILER={CC}",
                      f"-DCMAKE_CXX_COMPILER={CXX}", "-DCMAKE_BUILD_TYPE=Release",
                      "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld -Wl,--gc-sections",
                      "-DCMAKE_SHARED_LINKER_FLAGS=-fuse-ld=lld",
                      f"-DCMAKE_MAKE_PROGRAM={self.ninja[0]}", *arguments)

    def try_configure(self, *arguments: str, env: dict[str, str] | None = None) -> Run:
        """`ltogen configure --from`, allowed to fail."""
        return run([sys.executable, "-P", "-m", "ltogen", "configure", "--from", self.build,
                    *arguments], self.root, env)

    def configure(self, *arguments: str, warns: bool = False) -> Run:
        """`ltogen configure --from`, which must succeed, and say nothing unless it `warns`."""
        done = self.try_configure(*arguments)
        assert done.status == 0, done.text
        assert done.stdout.count("\n") <= 1, done.stdout
        lines = done.stderr.splitlines()
        assert bool(lines) is warns, done.stderr
        assert all(line.startswith("ltogen: warning: ") for line in lines), done.stderr
        return done

    def try_make(self, *arguments: str) -> Run:
        """Ninja on ltogen's manifest, allowed to fail."""
        return run([*self.ninja, "-f", "ltogen.ninja", *arguments], self.folder)

    def make(self, *arguments: str) -> Run:
        """Ninja on ltogen's manifest, which must succeed."""
        done = self.try_make(*arguments)
        assert done.status == 0, done.text
        return done

    def plain(self, *arguments: str) -> Run:
        """Ninja on the build's own manifest, which must succeed."""
        done = run([*self.ninja, *arguments], self.folder)
        assert done.status == 0, done.text
        return done

    def no_work(self, *arguments: str) -> bool:
        """Whether Ninja finds nothing to do with ltogen's manifest."""
        done = self.make(*arguments)
        return not done.edges and bool(_UP_TO_DATE.search(done.text))

    def output(self, product: str, *arguments: str, env: dict[str, str] | None = None) -> str:
        """What a product prints; it must exit with 0."""
        done = run([str(self.folder / product), *arguments], self.folder, env)
        assert done.status == 0, done.text
        return done.stdout

    def symbols(self, product: str) -> set[str]:
        """Names that a product defines."""
        done = run([tool("llvm-nm") or "nm", "--defined-only", "-j", product], self.folder)
        assert done.status == 0, done.text
        return set(done.stdout.split())

    def is_lto(self, product: str, inlined: str = "square") -> bool:
        """Whether link-time optimisation inlined a function of another module away."""
        return inlined not in self.symbols(product)

    def copy(self, target: Path) -> Existing:
        """The same files elsewhere, with their times, but nothing of ltogen's."""
        shutil.copytree(self.root, target, symlinks=True, ignore=shutil.ignore_patterns(
            "ltogen.out", "ltogen.ninja", "*.ltogen.ninja"))
        return Existing(target, self.build, self.ninja)

    def files(self) -> set[str]:
        """Every file in the build folder, but for logs."""
        return {os.path.relpath(path, self.folder) for path in self.folder.rglob("*")
                if path.is_file() and not path.name.startswith(".ninja_")}


def command(existing: Existing, output: str) -> str:
    """The command that ltogen's manifest makes `output` with."""
    lines = existing.make("-t", "commands", "-s", output).stdout.splitlines()
    assert lines, output
    return lines[-1]


def warnings(done: Run) -> list[str]:
    """ltogen's warnings, one a line."""
    return [line for line in done.stderr.splitlines() if line.startswith("ltogen: warning: ")]
