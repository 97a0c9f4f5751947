"""`--remap-inputs`: files that lld reads in the place of others."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ltogen.linker.command_line import CommandLine
from ltogen.linker.file_system import FileSystem


class RemapInputs:
    """The paths that stand for others; those that are named whole come before patterns."""

    def __init__(self, line: CommandLine, files: FileSystem) -> None:
        self._whole: dict[str, str] = {}
        self._patterns: list[tuple[str, str]] = []
        for value in line.values("remap-inputs"):
            self._add(value)
        for path in line.values("remap-inputs-file"):
            data = files.read(path)
            text = "" if data is None else data[:].decode("utf-8", "surrogateescape")
            for value in text.splitlines():
                if value and value[0] != "#":
                    self._add(value)

    def _add(self, value: str) -> None:
        path, _, other = value.partition("=")
        if set(path) & set("*?["):
            self._patterns.append((path, other))
        else:
            self._whole[path] = other

    def of(self, path: str) -> str:
        """The path of the file that is read for `path`."""
        return self._whole.get(path) or next(
            (other for pattern, other in self._patterns if fnmatchcase(path, pattern)), path)
