"""The folder of one request's graph, which goes with it, also where that was killed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ltogen.base import files

_NAME = "ltogen-distributor-"


@contextmanager
def folder() -> Iterator[str]:
    """A new folder for temporary files; what killed ones of this user have left goes, too."""
    above = tempfile.gettempdir()
    _remove_left_over(above)
    made = tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-", dir=above)
    try:
        yield made
    finally:
        files.remove_tree(made)


def _remove_left_over(above: str) -> None:
    for entry in os.scandir(above):
        process = entry.name.removeprefix(_NAME).partition("-")[0]
        if (entry.name.startswith(_NAME) and process.isdecimal()
                and not os.path.exists(f"/proc/{process}")
                and entry.is_dir(follow_symlinks=False)
                and entry.stat(follow_symlinks=False).st_uid == os.geteuid()):
            files.remove_tree(entry.path)
