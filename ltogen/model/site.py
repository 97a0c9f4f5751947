"""The noun: the place a graph is built in, and the tools that build it."""

from __future__ import annotations

from msgspec import Struct

from ltogen.model import layout
from ltogen.model.layout import Layout
from ltogen.model.toolchain import Toolchain


class Site(Struct, frozen=True):
    """What every lowering needs for a command: the tools and the folders.

    `kept` names the module whose intermediate steps are kept: all of them for an empty name.
    """

    toolchain: Toolchain
    layout: Layout = Layout()
    kept: str | None = None

    def keeps(self, path: str) -> bool:
        """Whether the intermediate steps of the module `path` are kept."""
        return self.kept is not None and layout.names_module(self.kept, path)
