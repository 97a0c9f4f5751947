"""The nouns of a graph: the plan, which lists its actions."""

from __future__ import annotations

from msgspec import Struct

from ltogen.model.action import Action


class Compilation(Struct, frozen=True):
    """The compile command of one source file, for editors."""

    source: str
    output: str
    arguments: tuple[str, ...]


class Plan(Struct, frozen=True):
    """The content of a manifest, as data."""

    actions: tuple[Action, ...]
    compilations: tuple[Compilation, ...]
    aliases: tuple[tuple[str, tuple[str, ...]], ...]  # names for products
    defaults: tuple[str, ...]
    merges: int = 1  # that may run at once
    pools: tuple[tuple[str, int], ...] = ()  # further ones, with their depths
    reads: tuple[str, ...] = ()  # prebuilt files that it depends on
