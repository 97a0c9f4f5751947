"""Paths in the form that SCons takes."""

from __future__ import annotations

import os


def from_top(path: str) -> str:
    """A path relative to the top folder, whatever folder SCons is in; absolute ones stay."""
    return path if os.path.isabs(path) else f"#{path}"
