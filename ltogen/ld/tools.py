"""Which lld and which clang a link belongs to: those of the compiler that runs `ld.ltogen`."""

from __future__ import annotations

import os


class Tools:
    """The linker behind this one, and the clang for its backends; empty where there is none."""

    def __init__(self, linker: str, clang: str) -> None:
        self.linker, self.clang = linker, clang


def find() -> Tools:
    """The lld beside the clang that started this process, else the first on PATH.

    `LTOGEN_LD` names another. The clang is not looked for here: most links need none.
    """
    named = os.environ.get("LTOGEN_LD", "")
    clang = _caller()
    if named:
        return Tools(_which(named), "")
    beside = os.path.join(os.path.dirname(clang), "ld.lld") if clang else ""
    if beside and os.access(beside, os.X_OK):
        return Tools(beside, clang)
    major = os.path.basename(clang).removeprefix("clang-")
    names = [f"ld.lld-{major}"] if major.isdigit() else []
    return Tools(next(filter(None, map(_which, [*names, "ld.lld", *_versioned()])), ""), clang)


def _caller() -> str:
    """The program of the parent process, if it is clang: a driver waits for its linker."""
    try:
        program = os.readlink(f"/proc/{os.getppid()}/exe")
    except OSError:
        return ""
    name = os.path.basename(program)
    return program if name == "clang" or name.startswith(("clang-", "clang++")) else ""


def _which(name: str) -> str:
    if "/" in name:
        return os.path.abspath(name)
    for folder in os.get_exec_path():
        path = f"{folder}/{name}"
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


def _versioned() -> list[str]:
    """`ld.lld-N` for each N on PATH, the newest first."""
    found: set[int] = set()
    for folder in os.get_exec_path():
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        found.update(int(name[7:]) for name in names
                     if name.startswith("ld.lld-") and name[7:].isdigit())
    return [f"ld.lld-{major}" for major in sorted(found, reverse=True)]
