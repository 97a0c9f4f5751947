"""Every lld on this machine, for tests that ask what it does."""

from __future__ import annotations

import shutil

from ltogen.toolchain.embedded import zig_path


def _found() -> list[tuple[str, ...]]:
    named = [(name,) for name in ("ld.lld-19", "ld.lld-22") if shutil.which(name)]
    zig = zig_path()
    return [*named, *([(zig, "ld.lld")] if zig else [])]


LLDS = _found()


def lld_ids(lld: tuple[str, ...]) -> str:
    """A name for one of them."""
    return "zig" if len(lld) > 1 else lld[0]
