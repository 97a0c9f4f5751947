"""The members of an archive, as `ar` writes it: names, places and sizes."""

from __future__ import annotations

import os

from ltogen.base import magic

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

HEADER = 60  # bytes in front of a member

# Name, offset and size of a member's content; a thin archive's lies in the file named last.
Member = tuple[str, int, int, str]


class ArchiveError(Exception):
    """The bytes are not a whole archive."""


def members(path: str, data: bytes | mmap) -> list[Member]:
    """The members of the archive at `path` with the content `data`, but for its tables.

    Raises ArchiveError for a damaged archive.
    """
    try:
        return list(_members(path, data))
    except (ValueError, IndexError):
        raise ArchiveError(f"{path}: damaged archive; make it again") from None


def _members(path: str, data: bytes | mmap) -> Iterator[Member]:
    thin = data[:8] == magic.THIN_ARCHIVE
    names = b""
    offset = len(magic.ARCHIVE)
    while offset + HEADER <= len(data):
        header = data[offset:offset + HEADER]
        if header[58:] != b"`\n":
            raise ValueError
        name, size = header[:16].rstrip(), int(header[48:58])
        if size < 0:
            raise ValueError
        start = offset + HEADER
        table = name in (b"/", b"//", b"/SYM64/") or name.startswith(b"__.SYMDEF")
        if name == b"//":
            names = data[start:start + size]
        elif not table:
            text, skip = _name(name, names, data[start:start + 256])
            where = os.path.join(os.path.dirname(path), text) if thin else ""
            yield text, start + skip, size - skip, where
        offset = start + (0 if thin and not table else size + size % 2)
        if offset > len(data) + 1:
            raise ValueError


def _name(name: bytes, names: bytes, content: bytes) -> tuple[str, int]:
    """A member's name, and how many bytes of it precede the content."""
    if name.startswith(b"#1/"):  # BSD: the name leads the content
        length = int(name[3:])
        return os.fsdecode(content[:length].rstrip(b"\0")), length
    if name[:1] == b"/" and name[1:].isdigit():
        long = names[int(name[1:]):]
        return os.fsdecode(long[:long.index(b"\n")].removesuffix(b"/")), 0
    return os.fsdecode(name.removesuffix(b"/")), 0
