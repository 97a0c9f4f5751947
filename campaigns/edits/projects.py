"""The projects that are edited."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench.edits import store
from bench.graph import Graph
from bench.tree import Copy, Tree
from campaigns.places import need_package

_VERIFY = ("LTOGEN_VERIFY", "1")
_OFF = (("LTOGEN_CACHE_DIR", "off"),)
# Where it was compiled must not be in the program: a reference is built in another folder.
_DEBUG = '\ncompile-args = ["-g", "-fdebug-compilation-dir=."]'


class Project(msgspec.Struct, frozen=True):
    """A tree, Debian's source package of it, and what a build makes."""

    tree: Tree
    package: str
    products: tuple[str, ...]


PROJECTS = {
    "zstd": Project(Tree("bench/zstd", "zstd"), "zstd", ("out/zstd",)),
    "lua": Project(Tree("campaigns/lua", "lua"), "lua5.4", ("out/lua5.4", "out/luac5.4")),
    "leveldb": Project(Tree("campaigns/leveldb", "leveldb"), "leveldb", ("out/leveldbutil",)),
    "re2": Project(Tree("campaigns/re2", "re2"), "re2", ("out/re2_test",)),
}


class Site(msgspec.Struct, frozen=True):
    """A copy of a project in a folder, with its builds and their store."""

    project: Project
    copy: Copy
    folder: Path
    kind: str  # of toolchain

    def build(self, name: str, kept: Path | None = None, *, verify: bool = False) -> Graph:
        """A build folder, with a store at `kept` or without one; nothing is built yet."""
        environment = store.at(kept) if kept else _OFF
        return Graph(self.copy.project, self.folder / name, self.kind,
                     (*environment, ("MAKEFLAGS", ""), *((_VERIFY,) if verify else ())))

    def products(self, graph: Graph) -> dict[str, bytes]:
        """What a finished build made."""
        return {name: (graph.build / name).read_bytes() for name in self.project.products}


def site(project: Project, folder: Path, kind: str, *, debug: bool) -> Site:
    """The project, fetched if need be and copied."""
    need_package(project.tree.source, project.package)
    copy = project.tree.copy(folder / "tree")
    if debug:
        copy.rewrite('lto = "thin"', f'lto = "thin"{_DEBUG}')
    return Site(project, copy, folder, kind)
