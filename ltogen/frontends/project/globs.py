"""Source patterns: the files that match, and the folders whose change may change that."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from ltogen.model import layout

_RECORD = layout.Layout().toolchain.removeprefix(f"{layout.OUT}/")
_MAGIC = re.compile(r"[*?\[]")


class Matches(Struct, frozen=True):
    """The matches of one pattern, relative to its root folder."""

    files: tuple[tuple[str, int], ...]  # path and size in bytes, sorted by path
    folders: tuple[str, ...]  # every folder that was listed


def is_pattern(text: str) -> bool:
    """Whether `text` has a wildcard: `*`, `?`, `[` or `**` for any depth of folders."""
    return _MAGIC.search(text) is not None


def expand(root: str, pattern: str) -> Matches:
    """The files under `root` that `pattern` matches; hidden files only if it names them."""
    files: dict[str, int] = {}
    folders: dict[str, None] = {}
    start, parts = _split(os.path.normpath(pattern))
    _walk(root, start, parts, files, folders)
    return Matches(tuple(sorted(files.items())), tuple(folders))


def matches(path: str, pattern: str) -> bool:
    """Whether `pattern` covers `path`, both relative to one folder."""
    return _covers(os.path.normpath(pattern).split("/"), path.split("/"))


def _split(pattern: str) -> tuple[str, tuple[str, ...]]:
    """The folder before the first wildcard, and the parts from there on."""
    parts = pattern.split("/")
    plain = next(index for index, part in enumerate(parts) if is_pattern(part))
    return "/".join(parts[:plain]) or ("/" if pattern.startswith("/") else ""), tuple(parts[plain:])


def _walk(root: str, folder: str, parts: tuple[str, ...], files: dict[str, int],
          folders: dict[str, None]) -> None:
    folders[folder or "."] = None
    head, rest = parts[0], parts[1:]
    if head == "**" and rest:
        _walk(root, folder, rest, files, folders)
    for name, entry in _list(root, folder, head):
        path = f"{folder.rstrip('/')}/{name}" if folder else name
        if name == layout.OUT and os.path.exists(f"{entry.path}/{_RECORD}"):  # noqa: PTH110
            continue  # what a build makes is no source, and changes with every build
        if head == "**":
            # A link to a folder above would never end.
            if entry.is_dir(follow_symlinks=False):
                _walk(root, path, parts, files, folders)
        elif rest and entry.is_dir():
            _walk(root, path, rest, files, folders)
        if not rest and entry.is_file():
            files[path] = entry.stat().st_size


def _list(root: str, folder: str, part: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    wanted = _part(part)
    try:
        with os.scandir(os.path.join(root, folder)) as entries:  # noqa: PTH118
            found = [(entry.name, entry) for entry in entries if wanted.match(entry.name)]
    except OSError:
        return
    for name, entry in found:
        if part.startswith(".") or not name.startswith("."):
            yield name, entry


@cache
def _part(part: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(part))


def _covers(parts: list[str], names: list[str]) -> bool:
    if not parts or not names:
        return not parts and not names
    head, *rest = parts
    if head == "**":
        return not rest or any(_covers(rest, names[skipped:]) for skipped in range(len(names)))
    return bool(_part(head).match(names[0])) and _covers(rest, names[1:])
