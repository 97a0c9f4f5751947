"""The noun: the code of some sources."""

from __future__ import annotations

from typing import Any

from ltogen.model.link_unit import ThinModule


class Code:
    """The code of some sources, in their order, as a link takes it; `objects` are no modules."""

    def __init__(self) -> None:
        self.line: list[str] = []
        self.modules: list[ThinModule] = []
        self.objects: list[str] = []
        self.cxx = False

    @property
    def as_library(self) -> list[str]:
        """The line, of which a link takes what it needs."""
        return ["--start-lib", *self.line, "--end-lib"]

    def add_object(self, node: Any) -> None:
        """Add what is linked as it is."""
        path = node.get_internal_path()
        self.objects.append(path)
        self.line.append(path)

    def add_archive(self, other: Code, *, nested: bool) -> None:
        """Add an archive's members; `nested`, to those of another one."""
        self.line += other.line if nested else other.as_library
        self.modules += other.modules
        self.objects += other.objects
        self.cxx = self.cxx or other.cxx
