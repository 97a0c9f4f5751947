"""Target triples: a module keeps its own, whatever clang would write into it."""

from __future__ import annotations


def machine(triple: str) -> tuple[str, ...]:
    """A triple without its vendor, which says nothing about code."""
    parts = triple.split("-")
    return (parts[0], *parts[2:]) if len(parts) > 3 else (parts[0], *parts[1:])


def kept(triple: str, default: str) -> tuple[str, ...]:
    """Words for a backend that keep a module's `triple`, where clang has `default` of its own.

    clang overwrites the triple of what it reads, and LLVM warns of each import between two that
    differ: Debian's has the vendor `pc` where rustc has `unknown`. Another machine's module needs
    another driver, not another triple.
    """
    if triple == default or machine(triple) != machine(default):
        return ()
    return "-Xclang", "-triple", "-Xclang", triple
