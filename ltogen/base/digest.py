"""Digests as short names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def digest(words: Iterable[str]) -> str:
    """A name that is unique to `words`."""
    return whole(words)[:12]


def whole(words: Iterable[str]) -> str:
    """A digest that stands for `words` where something is taken for another because of it."""
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()
