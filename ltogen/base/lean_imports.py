"""Start-up: msgspec without what takes longer to import than all the rest of it."""

import importlib
import sys

_SPARED = "typing_extensions"


def import_msgspec() -> None:
    """Import msgspec; to be called before anything else does.

    It looks in typing_extensions for what newer versions of Python have in typing, and is content
    without. With what that imports, it would be a quarter of `ltogen configure`.
    """
    if _SPARED in sys.modules:
        return
    sys.modules[_SPARED] = None  # type: ignore[assignment]
    try:
        importlib.import_module("msgspec")
    finally:
        del sys.modules[_SPARED]
