"""A project in a temporary folder, and real runs of ltogen and Ninja in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import ninja

NINJA = str(Path(ninja.BIN_DIR) / "ninja")
# Files of a graph that tell of the past: keys, which may say of a module how it was; what bitcode
# was; and reports.
HISTORY = (".thinlto", ".last", "report.txt")
_EDGE = re.compile(r"^\[\d+/\d+\] (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One finished command."""

    status: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """All it printed."""
        return self.stdout + self.stderr

    @property
    def edges(self) -> list[str]:
        """Descriptions of the edges that Ninja ran, such as `compile src/a.c`, sorted."""
        return sorted(_EDGE.findall(self.stdout))


def run(command: list[str], cwd: Path, env: dict[str, str] | None = None,
        timeout: float = 600) -> Run:
    """Run a command to its end, whatever its status."""
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, text=True,
                          errors="surrogateescape", capture_output=True, timeout=timeout,
                          check=False)
    return Run(done.returncode, done.stdout, done.stderr)


@dataclass
class Workspace:
    """A project folder `root` that is built by one toolchain."""

    root: Path
    toolchain: str  # "system" or "embedded"
    ninja: list[str] = field(default_factory=lambda: [NINJA])
    build: str = "."

    def write(self, files: dict[str, str]) -> None:
        """Write each file, in place: neighbours and folder times stay as they are."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def ltogen(self, *arguments: str) -> Run:
        """Any command, allowed to fail, in the project's folder."""
        return run([sys.executable, "-P", "-m", "ltogen", *arguments], self.root)

    def try_configure(self, *arguments: str, env: dict[str, str] | None = None) -> Run:
        """`ltogen configure`, allowed to fail."""
        return run([sys.executable, "-P", "-m", "ltogen", "configure", "-B", self.build,
                    "--toolchain", self.toolchain, *arguments], self.root, env)

    def configure(self, *arguments: str) -> Run:
        """`ltogen configure`, which must succeed."""
        done = self.try_configure(*arguments)
        assert done.status == 0, done.text
        return done

    def try_build(self, *arguments: str, env: dict[str, str] | None = None) -> Run:
        """Ninja, allowed to fail."""
        return run([*self.ninja, *arguments], self.root / self.build, env)

    def make(self, *arguments: str) -> Run:
        """Ninja, which must succeed."""
        done = self.try_build(*arguments)
        assert done.status == 0, done.text
        return done

    def output(self, product: str, *arguments: str) -> str:
        """What a product of the build prints; it must exit with 0."""
        done = run([str((self.root / self.build / "out" / product).resolve()), *arguments],
                   self.root)
        assert done.status == 0, done.text
        return done.stdout

    def no_work(self) -> bool:
        """Whether Ninja finds nothing to do, and says so, or says nothing as some samurais do."""
        done = self.make()
        return not done.edges and bool(re.search(r"no work to do|nothing to do|\A\Z", done.text))

    def snapshot(self) -> dict[str, bytes]:
        """Content of everything under `out`, but for Ninja's own logs and HISTORY."""
        out = self.root / self.build / "out"
        return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*"))
                if path.is_file() and not path.name.startswith(".ninja_")
                and not path.name.endswith(HISTORY)}
