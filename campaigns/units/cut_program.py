"""One source that is cut, against what a plain compile makes of it."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ltogen.lower.cut_sources import TO_IR
from ltogen.steps.cut.main import cut
from ltogen.toolchain import Toolchain

_THIN = ("-O2", "-flto=thin")
SECONDS = 10  # some programs never end
ENDLESS = "endless"
_ENDED = 124  # what `timeout` exits with


@dataclass(frozen=True, slots=True)
class Program:
    """A source in a folder of its own, and the driver and flags that compile it."""

    folder: Path
    source: str
    driver: tuple[str, ...]
    toolchain: Toolchain
    libraries: tuple[str, ...] = ()

    def plain(self) -> str | None:
        """What it prints at -O0 and at -O2; None if that is not the same."""
        printed = []
        for level in ("-O0", "-O2"):
            self._compile(level, self.source, "-o", "plain", *self.libraries)
            printed.append(run(self.folder, "./plain", seconds=SECONDS))
        return printed[0] if printed[0] == printed[1] else None

    def cut(self, count: int) -> int:
        """Make the program `cut` of so many units; how many of them have code."""
        self._compile(*_THIN, *TO_IR, self.source, "-o", "t.ll")
        texts = cut((self.folder / "t.ll").read_text(encoding="latin-1"), count, self.source)
        for number, text in enumerate(texts):
            (self.folder / f"u{number}.ll").write_text(text, encoding="latin-1")
            self._compile(*_THIN, "-Wno-override-module", "-x", "ir", "-c", f"u{number}.ll",
                          "-o", f"u{number}.o")
        self._link("cut", *(f"u{number}.o" for number in range(count)))
        return sum("\ndefine " in text for text in texts)

    def whole(self) -> None:
        """Make the program `whole`, optimised as `cut` is."""
        self._link("whole", self.source)

    def printed(self, name: str) -> str:
        """What one of these programs prints, whose plain one ended."""
        try:
            return run(self.folder, f"./{name}", seconds=3 * SECONDS)
        except subprocess.TimeoutExpired:
            return f"{name} does not end"

    def _link(self, name: str, *inputs: str) -> None:
        self._compile(*_THIN, f"-fuse-ld={self.toolchain.ld[0]}", *inputs, "-o", name,
                      *self.libraries)

    def _compile(self, *words: str) -> None:
        run(self.folder, *self.driver, *words)


def ends(jobs: Iterable[tuple[Path, Callable[[Path], str]]], good: tuple[str, ...]) -> Counter[str]:
    """What came of all jobs, each in its folder; one that is not good stays there."""
    with ProcessPoolExecutor(2) as pool:
        made = [pool.submit(_end, folder, compare, good) for folder, compare in jobs]
        return Counter(job.result() for job in made)


def _end(folder: Path, compare: Callable[[Path], str], good: tuple[str, ...]) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        end = compare(folder)
    except subprocess.TimeoutExpired:
        end = ENDLESS
    except subprocess.CalledProcessError as error:
        return f"{folder.name}: {error}"
    if end in good:
        shutil.rmtree(folder)
    return end


def run(folder: Path, *words: str, seconds: int | None = None) -> str:
    """What a command prints; CalledProcessError if it fails, TimeoutExpired if it does not end.

    A program that never ends is ended by a process beside it, even when this one is killed.
    """
    limit = ("timeout", str(seconds)) if seconds is not None else ()
    done = subprocess.run((*limit, *words), cwd=folder, capture_output=True, encoding="latin-1",
                          check=False)
    if limit and done.returncode == _ENDED:
        raise subprocess.TimeoutExpired(words, seconds or 0)
    done.check_returncode()
    return done.stdout
