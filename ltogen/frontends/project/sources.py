"""A target's sources: expands patterns and classifies files by name and content."""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec import Struct

from ltogen.base.errors import UserError
from ltogen.frontends.project import globs
from ltogen.linker import bitcode
from ltogen.model.project import Language, SourceFile
from ltogen.ninja.spelling import check_path

_LANGUAGES = {
    Language.C: ("c", "i", "m", "mi", "cl"),
    Language.CXX: ("cc", "cpp", "cxx", "c++", "C", "CPP", "cp", "ii", "mm", "M", "mii", "cppm",
                   "ixx", "ccm", "cxxm", "c++m", "clcpp", "cu", "hip"),
    Language.ASSEMBLER: ("s", "asm"),
    Language.ASSEMBLER_WITH_CPP: ("S", "sx"),
    Language.IR: ("ll",),
}
_BY_EXTENSION = {extension: language for language, extensions in _LANGUAGES.items()
                 for extension in extensions}
_UNUSUAL = re.compile(r"[^A-Za-z0-9_./+-]")
_PREBUILT = ("bc", "o", "obj", "lo")


class Sources(Struct, frozen=True):
    """A target's files in the order of its patterns.

    Also the folders that were searched and the files that were read: the answer depends on them.
    """

    files: tuple[SourceFile, ...]
    folders: tuple[str, ...]
    prebuilt: tuple[str, ...]


def find(root: Path, patterns: tuple[str, ...], where: str, llvm_major: int) -> Sources:
    """Expand `patterns` under `root`; `!pattern` excludes files.

    Raises UserError, starting with `where`, for a missing file, a pattern without a match, a file
    of unknown language, and bitcode that clang of `llvm_major` cannot read.
    """
    files: dict[str, int] = {}
    folders: dict[str, None] = {}
    for pattern in patterns:
        if pattern.startswith("!"):
            files = _without(files, pattern[1:])
            continue
        found = _expand(root, pattern, where)
        files.update(found.files)
        folders.update(dict.fromkeys(found.folders))
    if not files:
        raise UserError(f"{where} sources: the '!' patterns leave no file")
    for folder in folders:
        check_path(folder, where)
    return Sources(
        tuple(_source(root, path, size, where, llvm_major) for path, size in files.items()),
        tuple(folders),
        tuple(path for path in files if path.rpartition(".")[2] in _PREBUILT),
    )


def _expand(root: Path, pattern: str, where: str) -> globs.Matches:
    literal = _size(root / pattern)
    if literal is not None:
        return globs.Matches(((os.path.normpath(pattern), literal),), ())
    if not globs.is_pattern(pattern):
        raise UserError(f"{where} sources: {pattern}: no such file in {root}")
    found = globs.expand(str(root), pattern)
    if not found.files:
        raise UserError(f"{where} sources: {pattern}: matches no file in {root}")
    return found


def _without(files: dict[str, int], pattern: str) -> dict[str, int]:
    return {path: size for path, size in files.items() if not globs.matches(path, pattern)}


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _source(root: Path, path: str, size: int, where: str, llvm_major: int) -> SourceFile:
    unusual = _UNUSUAL.search(path)
    if unusual:
        check_path(path, where)
    extension = path.rpartition(".")[2]
    language = _BY_EXTENSION.get(extension)
    if language is not None:
        if unusual:
            _check_depfile(path, where)
        return SourceFile(path, size, language)
    if extension in _PREBUILT:
        return _prebuilt(root, path, size, where, llvm_major)
    raise UserError(f"{where} sources: {path}: not a source that clang knows by its extension; "
                    "rename it, or exclude it with '!'")


def _check_depfile(path: str, where: str) -> None:
    bad = re.search(r"[\x00-\x1f\x7f;*<>^`\\]", path)
    if bad:
        raise UserError(f"{where}: the path {path!r} contains {bad.group()!r}, which Ninja cannot "
                        "read in a list of dependencies; rename it")


def _prebuilt(root: Path, path: str, size: int, where: str, llvm_major: int) -> SourceFile:
    try:
        found = bitcode.inspect(root / path)
    except bitcode.BitcodeError as error:
        raise UserError(f"{where} sources: {path}: {error}") from None
    if found is None:
        return SourceFile(path, size, Language.OBJECT)
    if found.major > llvm_major:
        raise UserError(
            f"{where} sources: {path}: bitcode of LLVM {found.major}, which clang {llvm_major} "
            "cannot read; build it with the same clang, or use a newer toolchain"
        )
    if not found.summarised:
        return SourceFile(path, size, Language.IR)
    return SourceFile(path, size, Language.SUMMARISED, found.thin, found.split_lto_unit,
                      found.embedded, found.target)
