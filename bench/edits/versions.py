"""Two versions of the same sources in one folder, switched as a checkout would."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec


class Versions(msgspec.Struct, frozen=True):
    """The files of each version, by their paths in the folder.

    A file that one version lacks is empty there, so that all have the same list of sources.
    """

    folder: Path
    files: tuple[dict[str, bytes], ...]

    def switch(self, number: int) -> None:
        """Write what differs."""
        for name, content in self.files[number].items():
            path = self.folder / name
            if not path.exists() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)


def versions(folder: Path, sources: Iterable[Path], parts: Iterable[str]) -> Versions:
    """Those in `sources`, of which the folders `parts` are taken."""
    found = [{str(path.relative_to(source)): path.read_bytes() for part in parts
              for path in sorted((source / part).rglob("*")) if path.suffix in (".c", ".h", ".S")}
             for source in sources]
    names = sorted(set().union(*found))
    return Versions(folder, tuple({name: one.get(name, b"") for name in names} for one in found))
