"""What an action sees besides its inputs: the machine's programs, read-only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_SYSTEM = ("/usr", "/bin", "/lib", "/lib64")


def runner_words(more: Iterable[Path] = ()) -> list[str]:
    """The arguments of buildbox-run that show the system's folders and `more`.

    It takes a link for its text, and looks for `usr/lib` below its own folder: so it gets what
    /lib leads to.
    """
    folders = [*(Path(name) for name in _SYSTEM), *more]
    return [f"--ro-bind-mount={folder.resolve()}:{folder}" for folder in folders
            if folder.exists()]
