"""The digest of a build step's code, which the step's command contains.

Another version of a step may make another output. So its edges run again when the content of a file
that the step imports changes, and only then.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from ltogen import steps
from ltogen.base.digest import digest
from ltogen.steps.run import MODULES

_STEPS = Path(steps.__file__).parent
_ROOT = _STEPS.parent.parent
MAIN = str(_STEPS / "__main__.py")
CUTOFF = str(_STEPS / "cutoff.sh")
_IMPORT = re.compile(r"^ *from (ltogen[\w.]*) import (?:\(([^)]*)\)|([^\n#]*))", re.MULTILINE)


@functools.cache
def of_step(name: str) -> str:
    """A digest of the code that the step `name` runs."""
    return digest(map(_text, sorted(sources(name))))


@functools.cache
def of_cutoff() -> str:
    """A digest of the script around commands."""
    return digest([_text(Path(CUTOFF))])


@functools.cache
def sources(name: str) -> frozenset[Path]:
    """The files that the step `name` may import, found by their own imports."""
    pending = [Path(MAIN), *_files("ltogen.steps.run", ""), *_files(MODULES[name], "")]
    found: set[Path] = set()
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending += _imported(_text(path))
    return frozenset(found)


def all_files() -> tuple[str, ...]:
    """Every file whose digest is in a command."""
    return (CUTOFF, *map(str, sorted(set[Path]().union(*map(sources, MODULES)))))


@functools.cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _imported(text: str) -> Iterator[Path]:
    for package, many, few in _IMPORT.findall(text):
        for name in (many or few).split(","):
            yield from _files(package, name.split(" as ")[0].strip())


def _files(package: str, name: str) -> Iterator[Path]:
    """The file of a module, or of the module that has the name; packages have no code."""
    for module in (f"{package}.{name}", package):
        path = _ROOT / f"{module.replace('.', '/')}.py"
        if path.is_file():
            yield path
            return
