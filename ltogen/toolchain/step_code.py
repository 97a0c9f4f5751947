"""The digest of a build step's code, which the step's command contains.

Another version of a step may make another output. So its edges run again when the content of a file
that the step imports changes, and only then.
"""

from __future__ import annotations

import functools
import os
import re

from ltogen import steps
from ltogen.base.digest import digest
from ltogen.steps.run import MODULES

# (Paths as text: a tenth of what pathlib takes counts, where a small project is configured.)
_STEPS = os.path.dirname(steps.__file__)
_ROOT = os.path.dirname(os.path.dirname(_STEPS))
MAIN = f"{_STEPS}/__main__.py"
CUTOFF = f"{_STEPS}/cutoff.sh"
_STORE = f"{_STEPS}/store.sh"
REMOTE = f"{_STEPS}/remote_edge.py"
_ASKS = f"{_STEPS}/remote.py"
_IMPORT = re.compile(r"from (ltogen[\w.]*) import (?:\(([^)]*)\)|([^\n#]*))")


@functools.cache
def of_step(name: str) -> str:
    """A digest of the code that the step `name` runs."""
    return digest(map(_text, sorted(sources(name))))


@functools.cache
def of_cutoff(*, with_store: bool) -> str:
    """A digest of the script around commands; `with_store`: and of what it reads for a store."""
    return digest(map(_text, (CUTOFF, _STORE) if with_store else (CUTOFF,)))


@functools.cache
def of_remote() -> str:
    """A digest of the edge that asks the client process."""
    return digest(map(_text, (REMOTE, _ASKS)))


@functools.cache
def sources(name: str) -> frozenset[str]:
    """The files that the step `name` may import, found by their own imports."""
    pending = [MAIN, _file("ltogen.steps.run"), _file(MODULES[name])]
    found: set[str] = set()
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending += _imported(path)
    return frozenset(found)


def all_files() -> tuple[str, ...]:
    """Every file whose digest is in a command."""
    return (CUTOFF, _STORE, REMOTE, _ASKS, *sorted(set[str]().union(*map(sources, MODULES))))


@functools.cache
def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


@functools.cache
def _imported(path: str) -> tuple[str, ...]:
    """The files of the modules that a file imports, and of those that it imports names of."""
    modules = (_module(package, name.split(" as ")[0].strip())
               for package, many, few in _IMPORT.findall(_text(path))
               for name in (many or few).split(",") if name.strip())
    return tuple(filter(None, dict.fromkeys(modules)))


@functools.cache
def _module(package: str, name: str) -> str:
    """The module that is imported; empty for a package, which says nothing but why it is there."""
    path = _file(f"{package}.{name}")
    if os.path.isfile(path):
        return path
    path = _file(package)
    return path if os.path.isfile(path) else ""


def _file(module: str) -> str:
    return f"{_ROOT}/{module.replace('.', '/')}.py"
