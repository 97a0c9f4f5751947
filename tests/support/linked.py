"""Links through `ld.ltogen` in a temporary folder, as a compiler driver asks for them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from tests.support.system_toolchain import CC
from tests.support.workspace import Run, run

SCRIPTS = Path(sys.executable).parent
MAIN = """\
#include <stdio.h>
int square(int); int cube(int);
int main(void) { printf("%d %d\\n", square(7), cube(3)); return 0; }
"""
SQUARE = "int square(int x) { return x * x; }\n"
CUBE = "int square(int); int cube(int x) { return x * square(x); }\n"
OBJECTS = ("main.o", "square.o", "cube.o")
APP = (*OBJECTS, "-o", "app")
PATH = f"{SCRIPTS}:{os.environ['PATH']}"


@dataclass(frozen=True)
class Linked:
    """A folder with sources, their objects, and programs that `ld.ltogen` links."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def journal(self) -> Path:
        """What `LTOGEN_LOG` collects."""
        return self.folder.parent / f"{self.folder.name}.log"

    @property
    def cache(self) -> Path:
        """Where the states of all links lie."""
        return self.folder.parent / f"{self.folder.name}.cache"

    def state(self, output: str = "app") -> Path:
        """The state of one link, which must be there."""
        (found,) = (self.cache / "ltogen/links").glob(f"{Path(output).name}-*")
        return found

    def run(self, command: list[str], **environment: str) -> Run:
        """Run a command in the folder, with `ld.ltogen` on PATH."""
        self.journal.unlink(missing_ok=True)
        self._know_compilers()
        return run(command, self.folder, {"PATH": PATH, "LTOGEN_LOG": str(self.journal),
                                          "MAKEFLAGS": "", "XDG_CACHE_HOME": str(self.cache),
                                          **self.environment, **environment})

    def _know_compilers(self) -> None:
        """Share what is found out about compilers with other tests: that takes time."""
        known = Path(os.environ["XDG_CACHE_HOME"]) / "ltogen/toolchains"
        own = self.cache / "ltogen/toolchains"
        if not own.exists():
            known.mkdir(parents=True, exist_ok=True)
            own.parent.mkdir(parents=True, exist_ok=True)
            own.symlink_to(known)

    def write(self, files: dict[str, str]) -> None:
        """Write sources and the like."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))

    def compile(self, *sources: str, flags: tuple[str, ...] = ("-O2", "-flto=thin")) -> None:
        """Make `x.o` of each `x.c`."""
        for source in sources:
            done = self.run([CC, *flags, "-c", source, "-o", str(Path(source).with_suffix(".o"))])
            assert done.status == 0, done.text

    def try_link(self, *words: str, linker: str = "ltogen", **environment: str) -> Run:
        """A link that may fail."""
        return self.run([CC, "-flto=thin", f"-fuse-ld={linker}", *words], **environment)

    def link(self, *words: str, **environment: str) -> str:
        """A link that must succeed and say nothing; what became of it."""
        done = self.try_link(*words, **environment)
        assert (done.status, done.stdout, done.stderr) == (0, "", ""), done.text
        return self.became()

    def became(self) -> str:
        """What the journal says of the last link, without path and time."""
        line = self.journal.read_text().splitlines()[-1]
        return line.partition(": ")[2].rpartition(" (")[0] or line.partition(": ")[2]

    def output(self, program: str = "app") -> str:
        """What a program prints."""
        done = self.run([str(self.folder / program)])
        assert done.status == 0, done.text
        return done.stdout

    def clean(self, *words: str, output: str = "app") -> bytes:
        """The bytes that a first link of the same makes."""
        path = self.folder / output
        kept, aside = path.read_bytes(), self.folder / "aside"
        state = self.state(output)
        state.rename(aside)
        path.unlink()
        self.link(*words)
        made = path.read_bytes()
        assert path.read_bytes() == made
        self.run(["rm", "-rf", str(state)])
        aside.rename(state)
        path.write_bytes(kept)
        return made


def three_modules(folder: Path) -> Linked:
    """A folder with the three modules of `APP`, compiled."""
    made = Linked(folder)
    made.write({"main.c": MAIN, "square.c": SQUARE, "cube.c": CUBE})
    made.compile("main.c", "square.c", "cube.c")
    return made
