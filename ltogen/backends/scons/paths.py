"""Paths as SCons takes them."""

from __future__ import annotations

import os


def from_top(path: str) -> str:
    """A path from the top folder, wherever SCons is looking from; an absolute one as it is."""
    return path if os.path.isabs(path) else f"#{path}"
