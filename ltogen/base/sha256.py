"""SHA-256 for a little data: the library behind `hashlib` takes as long to load as a thin link.

It is much faster with much data.
"""

from __future__ import annotations

__all__ = ["sha256"]

try:
    from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    try:
        from _sha2 import sha256  # type: ignore[import-not-found, no-redef, unused-ignore]
    except ImportError:
        from hashlib import sha256
