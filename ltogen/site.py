"""The noun: the place a graph is built in, and the tools that build it."""

from __future__ import annotations

from msgspec import Struct

from ltogen.layout import Layout
from ltogen.toolchain.model import Toolchain


class Site(Struct, frozen=True):
    """What every lowering needs to write a command: names of tools and of folders."""

    toolchain: Toolchain
    layout: Layout = Layout()
