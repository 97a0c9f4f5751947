"""A file that is written beside its place, and then is there at once."""

from __future__ import annotations

import itertools
import os
from typing import BinaryIO

from ltogen.base import files

_numbers = itertools.count()


class Aside:
    """What is to be at `path`; it is opened when something is written. All raise OSError."""

    def __init__(self, path: str, *, executable: bool) -> None:
        self._path, self._executable = path, executable
        self._aside = f"{path}.{os.getpid()}.{next(_numbers)}"
        self._file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        """Add to it."""
        if self._file is None:
            self._file = self._open()
        self._file.write(data)

    def close(self) -> None:
        """It is complete."""
        (self._file or self._open()).close()

    def keep(self) -> None:
        """Put it in its place."""
        os.replace(self._aside, self._path)

    def drop(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            self._file.close()
        files.remove(self._aside)

    def _open(self) -> BinaryIO:
        descriptor = os.open(self._aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC,
                             0o777 if self._executable else 0o666)
        return open(descriptor, "wb")
