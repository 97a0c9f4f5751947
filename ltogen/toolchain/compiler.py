"""What is known of a compiler by its content and by trying it, for all builds of one user.

To read a compiler takes a third of a second, to try an option another thirtieth: too long for each
link of `ld.ltogen`. Both is remembered by the times and sizes of its files.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from ltogen.base import files, processes
from ltogen.base.digest import digest
from ltogen.base.numbers import natural
from ltogen.store.place import cache_folder
from ltogen.toolchain.fingerprint import files_of

# As cutoff.sh gives it to a backend whose key says so.
_BY_SOURCE = ("-mllvm", "-use-source-filename-for-promoted-locals")
_VERSION = re.compile(rb"clang version (\d+)")


def identity(fingerprint: tuple[str, ...]) -> str:
    """A digest of the content of a compiler's files, which is the same wherever they lie."""
    return _remembered(fingerprint, "content", lambda: _content(fingerprint))


def names_by_source(fingerprint: tuple[str, ...], compiler: tuple[str, ...]) -> bool:
    """Whether a compiler can name promoted locals by their source files."""
    command = [*compiler, *_BY_SOURCE, "-fsyntax-only", "-x", "c", "/dev/null"]
    return _remembered(fingerprint, "names",
                       lambda: "source" if processes.run(command)[0] == 0 else "no") == "source"


def major(fingerprint: tuple[str, ...], compiler: tuple[str, ...]) -> int:
    """LLVM's major version; 0 for a program that does not say."""
    def ask() -> str:
        found = _VERSION.search(processes.run([*compiler, "--version"])[1])
        return found[1].decode() if found else "0"

    return natural(_remembered(fingerprint, "major", ask)) or 0


def _remembered(fingerprint: tuple[str, ...], what: str, find: Callable[[], str]) -> str:
    cache = cache_folder(os.environ)
    path = f"{cache}/toolchains/{digest(fingerprint)}.{what}" if cache else ""
    with contextlib.suppress(OSError):
        if path and (known := files.read(path)):
            return known.decode(errors="replace")
    found = find()
    with contextlib.suppress(OSError):  # (the next build finds out again)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        files.write_if_changed(path, found.encode(), shared=True)
    return found


def _content(fingerprint: tuple[str, ...]) -> str:
    whole = hashlib.sha256()
    for path in dict.fromkeys(Path(name).resolve() for name in files_of(fingerprint)):
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()
