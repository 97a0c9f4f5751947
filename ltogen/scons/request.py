"""The noun: one call of a builder."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ltogen.model.project import Kind, Lto
from ltogen.scons.settings import Settings


class Request(Struct, frozen=True):
    """The arguments of the call, and the folder of relative paths in its variables."""

    env: Any
    kind: Kind
    lto: Lto
    settings: Settings
    product: Any
    sources: list[Any]
    folder: Any

    @property
    def for_shared_library(self) -> bool:
        """Whether its sources are compiled for a shared library."""
        return self.kind is Kind.SHARED_LIBRARY
