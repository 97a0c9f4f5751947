"""Which files a build installs, as CMake and Meson record beside the manifest."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

_CMAKE = "cmake_install.cmake"
_MESON = "meson-info/intro-installed.json"
_INCLUDE = re.compile(r'^\s*include\("([^"\n]+/cmake_install\.cmake)"\)', re.MULTILINE)
_STRING = re.compile(r'"([^"\n]+)"')


def installed(folder: Path) -> tuple[frozenset[str], tuple[str, ...]]:
    """The installed files below `folder`, and the files that record them; relative to `folder`."""
    prefix = f"{os.path.abspath(folder)}/"
    found: set[str] = set()
    scripts = _scripts(Path(prefix))
    for text in scripts.values():
        found.update(_STRING.findall(text))
    read = list(scripts)
    names = _meson(folder)
    if names is not None:
        found.update(names)
        read.append(_MESON)
    return (frozenset(path.removeprefix(prefix) for path in found if path.startswith(prefix)),
            tuple(path.removeprefix(prefix) for path in read))


def _scripts(folder: Path) -> dict[str, str]:
    """The install scripts of a CMake build, the top one first, by path."""
    texts: dict[str, str] = {}
    pending = [str(folder / _CMAKE)]
    while pending:
        path = pending.pop()
        if path in texts:
            continue
        try:
            texts[path] = Path(path).read_text("utf-8", "surrogateescape")
        except OSError:
            continue
        pending += _INCLUDE.findall(texts[path])
    return texts


def _meson(folder: Path) -> list[str] | None:
    try:
        data = (folder / _MESON).read_bytes()
        return list(msgspec.json.decode(data, type=dict[str, object]))
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return None
