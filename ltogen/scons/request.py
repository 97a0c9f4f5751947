"""The noun: one call of a builder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from SCons.Errors import UserError as SconsError
from SCons.Node.Alias import Alias
from SCons.Node.FS import File

from ltogen.model.project import Kind, Lto
from ltogen.scons.settings import Settings


class Request(Struct, frozen=True):
    """The arguments of the call, and the folder of relative paths in its variables.

    `more` are further files of the link, which an emitter names.
    """

    env: Any
    kind: Kind
    lto: Lto
    settings: Settings
    product: Any
    sources: list[Any]
    folder: Any
    more: tuple[Any, ...] = ()

    @property
    def for_shared_library(self) -> bool:
        """Whether its sources are compiled for a shared library."""
        return self.kind is Kind.SHARED_LIBRARY

    def files(self) -> Iterator[Any]:
        """The sources. Raises SCons's UserError for one that is no file."""
        for node in behind_aliases(self.sources):
            if not isinstance(node, File):
                raise SconsError(f"{self.product}: its source '{node}' is no file; name files, or "
                                 "the nodes that their builders return")
            yield node


def behind_aliases(nodes: Iterable[Any]) -> Iterator[Any]:
    """The nodes, with what an alias stands for in its place."""
    for node in nodes:
        node = node.disambiguate()
        if isinstance(node, Alias):
            yield from behind_aliases(node.children())
        else:
            yield node
