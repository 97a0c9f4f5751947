"""A project of SCons in a folder, and what its runs did."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.workspace import Run, Workspace, run

REPOSITORY = Path(__file__).parents[2]
OLDEST = Path(sys.prefix) / "scons-oldest"
HEAD = """
from ltogen.scons import toolpath
env = Environment(tools=['default', 'ltogen'], toolpath=toolpath, CCFLAGS=['-O2'],
                  LTOGEN_TOOLCHAIN='{toolchain}', CPPPATH=['include'])
"""
PROGRAM = HEAD + "env.ThinLTOProgram('program', ['src/main.c', 'src/scale.c', 'src/shift.c'])\n"
FILES = {
    "include/bits.h": "#define BITS 1\n",
    "src/main.c": '#include <stdio.h>\nint scale(int);\n'
                  'int main(int count, char **words) {\n'
                  '    (void)words;\n    printf("%d\\n", scale(count + 6));\n    return 0;\n}\n',
    "src/scale.c": "int shift(int);\nint scale(int x) { return shift(x) * 3; }\n",
    "src/shift.c": '#include "bits.h"\nint shift(int x) { return x << BITS; }\n',
}


@dataclass
class Project:
    """A folder with an SConstruct."""

    root: Path
    toolchain: str
    scons_folder: Path | None = None  # of a SCons that is not the installed one
    search_path: str = os.environ["PATH"]
    package: Path = REPOSITORY  # where the package `ltogen` is

    def write(self, sconstruct: str, files: dict[str, str] | None = None) -> None:
        """Write the SConstruct and its sources."""
        Workspace(self.root, self.toolchain).write({
            "SConstruct": sconstruct.replace("{toolchain}", self.toolchain),
            **(FILES if files is None else files)})

    def edit(self, name: str, old: str, new: str) -> None:
        """Change one place of a source."""
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def scons(self, *words: str) -> Run:
        """Run scons."""
        return run([sys.executable, "-m", "SCons", "-Q", *words], self.root,
                   {"PYTHONPATH": self.python_path, "PATH": self.search_path})

    @property
    def python_path(self) -> str:
        """Where Python finds SCons and ltogen."""
        folders = [self.scons_folder, self.package] if self.scons_folder else [self.package]
        return os.pathsep.join(map(str, folders))

    def make(self, *words: str) -> list[str]:
        """Run scons, which must succeed; the first words of what it did, sorted."""
        done = self.scons(*words)
        assert done.status == 0, done.text
        return sorted(self._short(line) for line in done.stdout.splitlines()
                      if "is up to date" not in line and not line.startswith("scons: "))

    def _short(self, line: str) -> str:
        words = line.split()
        return f"opt {words[-1]}" if "-c" in words else " ".join(words)

    def output(self, product: str) -> str:
        """What a product prints."""
        done = run([str(self.root / product)], self.root)
        assert done.status == 0, done.text
        return done.stdout
