"""Identifies a compiler installation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

_MISSING = " missing"


def inputs_of(tools: Iterable[str]) -> tuple[str, ...]:
    """The files of `tools`, with symbolic links resolved, and their folders.

    A package manager restores the old times of files, but an upgrade always changes the folder.
    """
    found: dict[str, None] = {}
    for tool in tools:
        real = Path(tool).resolve()
        found.update(dict.fromkeys((tool, str(real), str(real.parent))))
    return tuple(found)


def fingerprint(inputs: Iterable[str]) -> tuple[str, ...]:
    """Size and time of each file in `inputs` and of the LLVM libraries that it loads."""
    return tuple(
        _identity(path)
        for name in inputs
        if not (tool := Path(name)).is_dir()
        for path in (tool, *_libraries(tool))
    )


def files_of(fingerprint: Iterable[str]) -> Iterator[str]:
    """The files that a fingerprint has found."""
    return (one.rpartition(" ")[0].rpartition(" ")[0] for one in fingerprint
            if not one.endswith(_MISSING))


def _libraries(tool: Path) -> list[Path]:
    folder = tool.resolve().parent.parent / "lib"
    return sorted({path.resolve() for pattern in ("libLLVM*.so*", "libclang-cpp*.so*")
                   for path in folder.glob(pattern)})


def _identity(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return f"{path}{_MISSING}"
    return f"{path} {stat.st_size} {stat.st_mtime_ns}"
