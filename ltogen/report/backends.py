"""What became of each backend when its link was last thin-linked, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from ltogen.linker import index
from ltogen.model.layout import Layout
from ltogen.steps.indexes import INDEX, KEPT, KEY, REPORT, RUNS, STORED

_SAID = {RUNS: "ran", STORED: "taken out of the store", KEPT: "kept"}
_FATES = tuple(_SAID.values())


class Backend(Struct, frozen=True):
    """One backend whose key was looked at: `fate` and `why` are in words."""

    module: str
    fate: str
    why: str


class Link(Struct, frozen=True):
    """The backends of one link: the modules of all, and those that were not as before.

    `folder` has its indexes, and `bitcode` is the first part of the paths of modules.
    """

    name: str
    folder: Path
    bitcode: str
    modules: tuple[str, ...]
    changed: tuple[Backend, ...]

    def imports(self, module: str) -> list[str]:
        """The other modules whose code the backend of a module takes."""
        read = index.read((self.folder / f"{module}.o{INDEX}").read_bytes())
        paths = [one.path.removeprefix(self.bitcode).removesuffix(".o")
                 for one in read.modules] if read else []
        return [path for path in paths if path != module]

    def summary(self) -> str:
        """How many of each fate there are."""
        fates = [one.fate for one in self.changed]
        counted = [f"{fates.count(fate)} {fate}" for fate in _FATES if fate in fates]
        rest = len(self.modules) - len(fates)
        return ", ".join([*counted, *([f"{rest} unchanged"] if rest else [])])


def links(build: Path, layout: Layout) -> Iterator[Link]:
    """The links of a build that were thin-linked, by name."""
    top = build / layout.out / "thinlink"
    for path in sorted(top.rglob(REPORT)):
        folder = path.parent
        modules = tuple(str(key.relative_to(folder)).removesuffix(f".o{KEY}")
                        for key in sorted(folder.rglob(f"*{KEY}")) if key.stat().st_size)
        lines = path.read_text(errors="surrogateescape").splitlines()
        yield Link(str(folder.relative_to(top)), folder, layout.bitcode, modules,
                   tuple(_backend(line.split("\t")) for line in lines))


def _backend(fields: list[str]) -> Backend:
    module, fate, _, why = fields
    return Backend(module.removesuffix(".o"), _SAID.get(fate, fate), why)
