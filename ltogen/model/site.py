"""The noun: the place a graph is built in, and the tools that build it."""

from __future__ import annotations

from msgspec import Struct

from ltogen.model import layout
from ltogen.model.layout import Layout
from ltogen.model.toolchain import Toolchain


class Site(Struct, frozen=True):
    """What every lowering needs for a command: the tools and the folders.

    `kept` names the module whose intermediate steps are kept: all of them for an empty name.
    `by_function`: what an importer takes decides about its backend, and not the whole module.
    """

    toolchain: Toolchain
    layout: Layout = Layout()
    kept: str | None = None
    by_function: bool = True

    @property
    def stable_names(self) -> bool:
        """Whether locals that other modules use are named by source files, not by content."""
        return self.by_function and self.toolchain.names_by_source

    def keeps(self, path: str) -> bool:
        """Whether the intermediate steps of the module `path` are kept."""
        return self.kept is not None and layout.names_module(self.kept, path)
