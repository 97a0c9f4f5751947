"""Lowers the link units of a graph, each by its LTO mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ltogen.lower import final, merge, thin
from ltogen.lower.sharing import Sharing
from ltogen.model.action import Action
from ltogen.model.link_unit import LinkUnit, MergedLinkUnit, ThinLinkUnit
from ltogen.model.site import Site


def lower(units: Sequence[tuple[LinkUnit, Site]]) -> Iterator[Action]:
    """The actions of all units; backends with equal keys share their objects."""
    sharing = Sharing()
    for unit, site in units:
        if isinstance(unit, ThinLinkUnit):
            yield from thin.lower(unit, site, sharing)
        elif isinstance(unit, MergedLinkUnit):
            yield from merge.lower(unit, site)
        else:
            yield final.native(unit, site)
