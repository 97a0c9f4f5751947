"""What is known of a compiler by its content and by trying it, for all builds of one user.

To read a compiler takes a third of a second, to try an option another thirtieth: too long for each
link of `ld.ltogen`. Both is remembered by the times and sizes of its files.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from ltogen.base import files, processes
from ltogen.base.digest import digest
from ltogen.store.place import cache_folder
from ltogen.toolchain.fingerprint import files_of

# As cutoff.sh gives it to a backend whose key says so.
_BY_SOURCE = ("-mllvm", "-use-source-filename-for-promoted-locals")


class Known(Struct, frozen=True):
    """`identity` is a digest of the compiler's files, which is the same wherever they lie."""

    identity: str
    names_by_source: bool  # whether it can name promoted locals by their source files


def known(fingerprint: tuple[str, ...], compiler: tuple[str, ...]) -> Known:
    """What is known of the files of a fingerprint, and of the compiler that the words name."""
    cache = cache_folder(os.environ)
    path = f"{cache}/toolchains/{digest(fingerprint)}" if cache else ""
    with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError):
        return msgspec.json.decode(files.read(path) or b"", type=Known)
    found = Known(_identity(fingerprint), _names_by_source(compiler))
    with contextlib.suppress(OSError):  # (the next build reads it again)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        files.write_if_changed(path, msgspec.json.encode(found), shared=True)
    return found


def _identity(fingerprint: tuple[str, ...]) -> str:
    whole = hashlib.sha256()
    for path in dict.fromkeys(Path(name).resolve() for name in files_of(fingerprint)):
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def _names_by_source(compiler: tuple[str, ...]) -> bool:
    command = [*compiler, *_BY_SOURCE, "-fsyntax-only", "-x", "c", "/dev/null"]
    return processes.run(command)[0] == 0
