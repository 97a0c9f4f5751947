"""Start-up: imports msgspec without the import of typing_extensions."""

import importlib
import sys

_SPARED = "typing_extensions"


def import_msgspec() -> None:
    """Import msgspec. Call this before any other import of it.

    msgspec looks in typing_extensions for what newer versions of Python have in typing, and works
    without it. With the imports of typing_extensions, it would be a quarter of `ltogen configure`.
    """
    if _SPARED in sys.modules:
        return
    sys.modules[_SPARED] = None  # type: ignore[assignment]
    try:
        importlib.import_module("msgspec")
    finally:
        del sys.modules[_SPARED]
