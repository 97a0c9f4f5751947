"""How the words of a command name the files of a manifest."""

from __future__ import annotations

import os
from collections.abc import Container


class Names:
    """Finds manifest paths behind words, which may be spelled in another way.

    `folder` is where commands run, as an absolute path.
    """

    def __init__(self, folder: str, known: Container[str]) -> None:
        self._prefix = folder.rstrip("/") + "/"
        self._known = known

    def of(self, word: str) -> str:
        """The path that `word` means, spelled as the manifest does if it knows the file."""
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
