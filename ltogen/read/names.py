"""How the words of a command name the files of a manifest."""

from __future__ import annotations

import os
from collections.abc import Container


class Names:
    """Finds manifest paths behind words, which may be spelled in another way.

    `folder` is the build folder, as an absolute path; `directory` is where the command runs.
    """

    def __init__(self, folder: str, known: Container[str], directory: str = "") -> None:
        self._folder, self._known = folder, known
        self._prefix = folder.rstrip("/") + "/"
        self.directory = os.path.normpath(os.path.join(folder, directory)) if directory else ""
        if self.directory == os.path.normpath(folder):
            self.directory = ""

    def within(self, directory: str) -> Names:
        """The same files as a command in another directory names them."""
        return Names(self._folder, self._known, directory)

    def of(self, word: str) -> str:
        """The path that `word` means, spelled as the manifest does if it knows the file."""
        if self.directory:
            word = os.path.join(self.directory, word).removeprefix(self._prefix)
        if word in self._known:
            return word
        path = os.path.normpath(word)
        if path in self._known:
            return path
        other = (path.removeprefix(self._prefix) if path.startswith("/")
                 else os.path.normpath(self._prefix + path))
        return other if other in self._known else path

    def makes(self, word: str) -> bool:
        """Whether the file behind `word` is one of the known."""
        return self.of(word) in self._known
