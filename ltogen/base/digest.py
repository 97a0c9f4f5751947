"""Short names for what has none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def digest(words: Iterable[str]) -> str:
    """A name for `words` that other words do not have."""
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()[:12]
