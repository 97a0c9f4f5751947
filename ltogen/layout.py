"""Where each product of the graph lies, relative to the build directory."""

from __future__ import annotations

from pathlib import PurePosixPath

OUT = "out"
BITCODE = f"{OUT}/bitcode/"
TOOLCHAIN = f"{OUT}/toolchain.json"


def module_key(source: str) -> str:
    """The name of one source's products inside its target's folder: `src/a.c` gives `src/a.c.o`.

    The extension stays, so that `a.c` and `a.cpp` do not meet. What lies outside the project keeps
    its own path under `_up` or `_root`.
    """
    parts = ["_up" if part == ".." else part for part in PurePosixPath(source).parts]
    if parts[0] == "/":
        parts[0] = "_root"
    return "/".join(parts) + ".o"


def bitcode(target: str, key: str) -> str:
    """Optimised, serialised module; shared by every link that takes the target."""
    return f"{BITCODE}{target}/{key}"


def native_object(target: str, key: str) -> str:
    """Native object of a source that takes no part in LTO."""
    return f"{OUT}/object/{target}/{key}"


def plain_object(target: str, key: str) -> str:
    """Native object made from bitcode without any thin link."""
    return f"{OUT}/plain/{target}/{key}"


def thin_link(unit: str) -> str:
    """Folder of one link's indexes, import lists and resolution."""
    return f"{OUT}/thinlink/{unit}/"


def native(unit: str) -> str:
    """Folder of one link's backend objects."""
    return f"{OUT}/native/{unit}/"


def linker_line(key: str) -> str:
    """Stem of the files that hold a linker command line as the compiler driver would write it."""
    return f"{OUT}/link/{key}"
