"""A backend as work for a server: its inputs under names that are the same in every checkout.

The index names its modules by paths, and a module must lie where its index says. So the index is
written anew, with short names; where bitcode lies here is in nothing that is sent.
"""

from __future__ import annotations

import os
import shutil

from ltogen.base import files
from ltogen.clang import flags
from ltogen.linker import index_paths
from ltogen.linker.index import Module
from ltogen.remote.digests import Blob, blob_of, blob_of_file
from ltogen.remote.work import Work
from ltogen.remote_build.asked import Asked
from ltogen.remote_build.settings import Settings
from ltogen.steps import keys

OUTPUT = "o"
_INDEX, _OWN, _COMPILER = "i", "m.bc", "zig"
# As cutoff.sh says it where the key does.
_BY_SOURCE = ("-mllvm", "-use-source-filename-for-promoted-locals")
_PLUGINS = ("-fplugin", "-fpass-plugin", "-load")


class Blobs:
    """Files with their digests, which are taken again when a file changes."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int, int], Blob]] = {}

    def of(self, path: str) -> Blob:
        """A file as an input. Raises OSError."""
        found = os.stat(path)
        stamp = found.st_mtime_ns, found.st_size, found.st_ino
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            known = self._known[path] = stamp, blob_of_file(path)
        return known[1]


def work(asked: Asked, key: keys.Key, settings: Settings, blobs: Blobs) -> Work | None:
    """The work that makes the object; None for a backend that needs more of this machine.

    Raises OSError where a file of it cannot be read.
    """
    own = asked.path(asked.bitcode)
    names: dict[str, str] = {}

    def name(module: Module) -> str:
        path = module.path
        return names.setdefault(path, _OWN if asked.path(path) == own else f"{len(names)}.bc")

    index = index_paths.renamed(files.read(asked.path(asked.index)) or b"", name)
    read = _Read(asked)
    if index is None or read.words is None:
        return None
    inputs = {name: blobs.of(asked.path(path)) for path, name in names.items()}
    inputs.setdefault(_OWN, blobs.of(own))
    inputs |= {name: blobs.of(asked.path(path)) for path, name in read.files.items()}
    compiler = _compiler(read.words[0], settings)
    if compiler == f"./{_COMPILER}":
        inputs[_COMPILER] = blobs.of(read.words[0])
    by_source = _BY_SOURCE if key.names == keys.BY_SOURCE else ()
    return Work(
        argv=(compiler, *read.words[1:], _OWN, f"-fthinlto-index={_INDEX}", "-o", OUTPUT,
              *by_source),
        inputs={**inputs, _INDEX: blob_of(index)}, outputs=(OUTPUT,), timeout=settings.timeout)


def _compiler(here: str, settings: Settings) -> str:
    """The compiler as a worker finds it: at the same path, but for one that is an input."""
    if settings.compiler:
        return settings.compiler
    found = shutil.which(here) or here
    # The embedded toolchain is one static program.
    return f"./{_COMPILER}" if os.path.basename(found) == "zig" else os.path.realpath(found)


class _Read:
    """The compiler's words with short names for the files that they name, and these files.

    No words where one names a program: it would need the libraries of this machine.
    """

    def __init__(self, asked: Asked) -> None:
        self.files: dict[str, str] = {}
        self.words: tuple[str, ...] | None = asked.words
        if any(word.startswith(_PLUGINS) for word in asked.words):
            self.words = None
            return
        for path in flags.files_read(asked.words, asked.folder):
            self.files[path] = f"f{len(self.files)}"
        self.words = tuple(map(self._word, asked.words))

    def _word(self, word: str) -> str:
        flag, equals, path = word.partition("=")
        for file, name in self.files.items():
            if equals and (path == file or file == f"{path.rstrip('/')}/default.profdata"):
                return f"{flag}={name}"
        return word
