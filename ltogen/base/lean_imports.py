"""Start-up: imports of libraries without the slow parts of them that nobody here needs."""

import importlib
import importlib.machinery
import sys
from types import ModuleType

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


def import_ninja_syntax() -> ModuleType:
    """The manifest writer of PyPI's `ninja`, without the package around it.

    That finds out on which platform it is, and would be a fifth of `ltogen configure` for a small
    project.
    """
    name = "ninja.ninja_syntax"
    if name in sys.modules:
        return sys.modules[name]
    package = importlib.machinery.PathFinder.find_spec("ninja")
    folders = package.submodule_search_locations if package else None
    spec = importlib.machinery.PathFinder.find_spec(name, folders) if folders else None
    if spec is None or spec.loader is None:
        return importlib.import_module(name)
    module = sys.modules[name] = ModuleType(name)
    spec.loader.exec_module(module)
    return module
