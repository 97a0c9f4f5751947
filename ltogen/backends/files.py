"""Replaces files whole, and only when their content changes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from ltogen.base.errors import UserError


def make_folder(path: Path, advice: str = "choose another with -B") -> None:
    """Create a folder and its parents. Raises UserError if that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{path}: cannot make the output folder: {error.strerror}; {advice}"
        ) from None


def write_if_changed(path: Path, text: str, aside: Path) -> bool:
    """Write `text` to `path`; False if the content was the same.

    The new content is first written into the folder `aside`, on the same file system, so that
    `path` is never half written and no neighbour of it appears for a moment.
    """
    data = text.encode("utf-8", "surrogateescape")
    draft = aside / f".{path.name}.new"
    try:
        if path.exists() and path.read_bytes() == data:
            return False
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise UserError(f"{path}: cannot write: {error.strerror}") from None
    return True


def touch(path: Path) -> None:
    """Make `path` newer than anything written before."""
    os.utime(path)
