"""The files that a link may read, as a folder holds them: paths are as a command there has them."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Container
    from mmap import mmap

_HEAD = 64  # bytes: what tells kinds of files apart
_SMALL = 1 << 16  # bytes, and no more of a file that is read whole


class FileSystem:
    """What is there now, and what will be.

    `made` are the paths of files that a build has yet to make: they exist, and are not opened.
    """

    __slots__ = ("_folder", "_made")

    def __init__(self, folder: str = "", made: Container[str] = ()) -> None:
        self._folder, self._made = folder, made

    def exists(self, path: str) -> bool:
        """Whether lld would find something at a path."""
        return path in self._made or os.path.exists(os.path.join(self._folder, path))

    def is_made(self, path: str) -> bool:
        """Whether the build makes the file."""
        return path in self._made

    def same(self, path: str, other: str) -> bool:
        """Whether both are one file or folder."""
        try:
            return os.path.samefile(*(os.path.join(self._folder, one) for one in (path, other)))
        except OSError:
            return False

    def is_under(self, path: str, folder: str) -> bool:
        """Whether a path, or a folder above it, is the folder."""
        while path:
            if self.same(folder, path):
                return True
            path = "/" if path.rpartition("/")[0] == "" and path != "/" and path[0] == "/" else (
                path.rpartition("/")[0])
        return False

    def head(self, path: str) -> bytes | None:
        """The first bytes of a file; None if it cannot be read."""
        try:
            descriptor = os.open(os.path.join(self._folder, path), os.O_RDONLY)
            try:
                return os.read(descriptor, _HEAD)
            finally:
                os.close(descriptor)
        except (OSError, ValueError):
            return None

    def read(self, path: str) -> bytes | mmap | None:
        """The content of a file; None if it cannot be read."""
        try:
            with open(os.path.join(self._folder, path), "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size <= _SMALL:
                    return file.read()
                import mmap  # later than a step's start

                return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        except (OSError, ValueError):
            return None
