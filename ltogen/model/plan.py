"""The nouns of a graph: the plan that lists its actions before anyone writes it."""

from __future__ import annotations

from msgspec import Struct

from ltogen.model.action import Action


class Compilation(Struct, frozen=True):
    """What an editor wants to know about one source file."""

    source: str
    output: str
    arguments: tuple[str, ...]


class Plan(Struct, frozen=True):
    """Everything a manifest says, before anyone writes it."""

    actions: tuple[Action, ...]
    compilations: tuple[Compilation, ...]
    aliases: tuple[tuple[str, tuple[str, ...]], ...]  # names for products
    defaults: tuple[str, ...]
    merges: int = 1  # that may run at once
    pools: tuple[tuple[str, int], ...] = ()  # further ones, with their depths
    reads: tuple[str, ...] = ()  # prebuilt files that it depends on
