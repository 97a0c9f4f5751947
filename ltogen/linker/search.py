"""Where lld looks for libraries and scripts: in the folders of all `-L`, whatever their place."""

from __future__ import annotations

from ltogen.linker.file_system import FileSystem

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterable

# A path that was found, or nothing; and the places where nothing was before it.
Found = tuple[str, list[str]]


class Search:
    """The folders of one link; a script may add to them while it is read."""

    __slots__ = ("_files", "folders", "sysroot")

    def __init__(self, files: FileSystem, folders: Iterable[str], sysroot: str = "") -> None:
        self._files, self.folders, self.sysroot = files, list(folders), sysroot

    def library(self, name: str, *, static: bool) -> Found:
        """What `-lNAME` is."""
        if name.startswith(":"):
            return self.file(name[1:])
        return self._first([f"lib{name}.a"] if static else [f"lib{name}.so", f"lib{name}.a"])

    def file(self, name: str) -> Found:
        """A file in one of the folders."""
        return self._first([name])

    def script(self, name: str) -> Found:
        """A script, which may also lie here."""
        if self._files.exists(name):
            return name, []
        path, absent = self.file(name)
        return path, [name, *absent]

    def dependent(self, name: str, *, static: bool) -> Found:
        """A library that an object asks for: by its base name, or as a file."""
        names = [f"lib{name}.a"] if static else [f"lib{name}.so", f"lib{name}.a"]
        path, absent = self._first(names)
        if not path:
            path, more = self.file(name)
            absent += more
        if not path and self._files.exists(name):
            path = name
        return path, absent if path else [*absent, name]

    def _first(self, names: list[str]) -> Found:
        absent: list[str] = []
        for folder in self.folders:
            for name in names:
                path = self._path(folder, name)
                if self._files.exists(path):
                    return path, absent
                absent.append(path)
        return "", absent

    def _path(self, folder: str, name: str) -> str:
        if folder.startswith("="):
            return _append(_append(self.sysroot, folder[1:]), name)
        return _append(folder, name)


def _append(path: str, name: str) -> str:
    """As llvm::sys::path::append does."""
    if not path or not name:
        return path + name
    if path.endswith("/"):
        return path + name.lstrip("/")
    return path + name if name.startswith("/") else f"{path}/{name}"
