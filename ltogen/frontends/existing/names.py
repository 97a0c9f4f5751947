"""Maps the words of a command to the files of a manifest."""

from __future__ import annotations

import os
from collections.abc import Container


class Names:
    """Finds the manifest path of a word, which may be spelled in another way.

    `folder` is the build folder, as an absolute path; `directory` is where the command runs.
    """

    def __init__(self, folder: str, known: Container[str], directory: str = "") -> None:
        self._folder, self._known = folder, known
        self._prefix = folder.rstrip("/") + "/"
        self.directory = os.path.normpath(os.path.join(folder, directory)) if directory else ""
        if self.directory == os.path.normpath(folder):
            self.directory = ""
        self._real: dict[str, str] = {}

    def within(self, directory: str) -> Names:
        """The same names for a command that runs in another directory."""
        return Names(self._folder, self._known, os.path.join(self.directory, directory))

    def of(self, word: str) -> str:
        """The path that `word` means, spelled as the manifest does if it knows the file."""
        if self.directory:
            word = os.path.join(self.directory, word).removeprefix(self._prefix)
        if word in self._known:
            return word
        path = os.path.normpath(word)
        if path in self._known:
            return path
        other = (self._from_folder(path) if path.startswith("/")
                 else os.path.normpath(self._prefix + path))
        return other if other in self._known else path

    def whole(self, word: str) -> str:
        """The absolute path that `word` means, whether the manifest knows the file or not."""
        return os.path.normpath(os.path.join(self._folder, self.directory, word))

    def _from_folder(self, path: str) -> str:
        """An absolute path relative to the build folder, with symbolic links resolved."""
        if path.startswith(self._prefix):
            return path[len(self._prefix):]
        folder, _, name = path.rpartition("/")
        return f"{self._resolved(folder)}/{name}".removeprefix(f"{self._resolved(self._folder)}/")

    def _resolved(self, folder: str) -> str:
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        return self._real[folder]

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.makes(word)

    def makes(self, word: str) -> bool:
        """Whether the file behind `word` is one of the known."""
        return self.of(word) in self._known
