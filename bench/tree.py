"""A project file and the sources that it builds, copied to where they may be edited."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from bench.places import BENCH, SOURCES

_ROOT = BENCH.parent


class Tree(msgspec.Struct, frozen=True):
    """The project in a folder of this repository, and the name of its sources in bench/sources."""

    project: str
    source: str

    def copy(self, folder: Path, source: Path | None = None) -> Copy:
        """Both, laid out in `folder` as they are here; `source`: other sources of that name."""
        origin = source or SOURCES / self.source
        copied = Copy(folder / self.project, folder / "bench" / "sources" / self.source, origin)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(_ROOT / self.project, copied.project)
        shutil.copytree(origin, copied.source, symlinks=True)
        return copied


class Copy(msgspec.Struct, frozen=True):
    """The folders of the copied project file and sources, and where these come from."""

    project: Path
    source: Path
    origin: Path

    def restore(self) -> None:
        """Undo every edit: files that differ are written."""
        for path in self.origin.rglob("*"):
            copied = self.source / path.relative_to(self.origin)
            if path.is_file() and not path.is_symlink() and (
                    not copied.exists() or copied.read_bytes() != path.read_bytes()):
                shutil.copyfile(path, copied)

    def rewrite(self, old: str, new: str) -> None:
        """Change the project file."""
        file = self.project / "ltogen.toml"
        assert old in file.read_text(), old
        file.write_text(file.read_text().replace(old, new))
