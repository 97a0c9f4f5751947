"""Digests as short names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def digest(words: Iterable[str]) -> str:
    """A name that is unique to `words`."""
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()[:12]
