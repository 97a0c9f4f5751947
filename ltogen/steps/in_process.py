"""A final link that lld does all by itself, of bitcode that was not known when the graph was made.

A linker script that the build made since may name it, or an archive that came later. lld compiles
every module of such a link in its own process, and no backend of the graph has anything to do.
"""

from __future__ import annotations

import os
import sys

from ltogen.base import ar, files, magic
from ltogen.linker import file_kind
from ltogen.linker.inputs import IN_SCRIPT

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ltogen.linker.inputs import Input

_ARCHIVES = (file_kind.ARCHIVE, file_kind.THIN_ARCHIVE)
_INDEX = ".thinlto.bc"


def unknown(inputs: Iterable[Input]) -> str:
    """Bitcode among `inputs`, which are no modules of the graph; empty if there is none.

    An archive that no script names was looked into when the graph was made.
    """
    for one in inputs:
        if one.kind == file_kind.BITCODE or (
                one.where == IN_SCRIPT and one.kind in _ARCHIVES and _has_bitcode(one)):
            return f"{one.by} names {one.path}" if one.by else one.path
    return ""


def warn(product: str, what: str) -> None:
    """Say why a link is lld's own; `what` is of `unknown`, or the linker's name of a module."""
    print(f"ltogen: warning: {product} is left to the linker: {what}, bitcode that was not known "
          "when the graph was made", file=sys.stderr)


def contents(modules: Iterable[str], inputs: Iterable[Input]) -> bytes:
    """What says that the link has to run again: no native of the graph does."""
    import hashlib  # (few links are left)

    others = (path for one in inputs if one.kind in (file_kind.BITCODE, *_ARCHIVES)
              for path in (one.path, *one.members))
    digest = hashlib.sha256()
    for path in dict.fromkeys((*modules, *others)):
        digest.update(hashlib.sha256(files.read(path) or b"").digest())
    return digest.hexdigest().encode()


def remove_indexes(names: Iterable[str]) -> None:
    """Remove what lld wrote beside modules that are none of the graph's, members among them."""
    for name in names:
        archive, member, _ = name.rpartition("(")
        if not member:
            files.remove(name + _INDEX)
            continue
        folder, _, start = name[:len(archive) + 1].rpartition("/")
        for file in os.listdir(folder or "."):
            if file.startswith(start) and file.endswith(_INDEX):
                files.remove(os.path.join(folder, file))


def _has_bitcode(archive: Input) -> bool:
    return any(head in magic.BITCODE for head in _heads(archive))


def _heads(archive: Input) -> Iterator[bytes]:
    """The first bytes of each member."""
    data = files.read(archive.path) or b""
    try:
        for _, offset, _, file in ar.members(archive.path, data):
            yield ((files.read(file) or b"") if file else data[offset:offset + 4])[:4]
    except ar.ArchiveError:
        return  # the linker says best what is wrong with it
