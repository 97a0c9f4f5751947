"""The noun: what stands for a content, and which content a server is told of."""

from __future__ import annotations

import hashlib
import os

from msgspec import Struct

from ltogen.remote.errors import ChangedError

_EMPTY = hashlib.sha256().hexdigest()


class Digest(Struct, frozen=True):
    """SHA-256 in hexadecimal, and the size in bytes."""

    hash: str
    size: int

    def __str__(self) -> str:
        return f"{self.hash}/{self.size}"


EMPTY = Digest(_EMPTY, 0)  # (which every server has)


class Blob(Struct, frozen=True):
    """Content with its digest: the bytes themselves, or the path of a file that has them."""

    digest: Digest
    content: bytes | str
    executable: bool = False


def of_bytes(data: bytes) -> Digest:
    """The digest of `data`."""
    return Digest(hashlib.sha256(data).hexdigest(), len(data))


def blob_of(data: bytes) -> Blob:
    """`data` with its digest."""
    return Blob(of_bytes(data), data)


def blob_of_file(path: str) -> Blob:
    """A file with its digest, which is read for it. Raises OSError."""
    with open(path, "rb") as file:
        hashed = hashlib.file_digest(file, "sha256")
        status = os.fstat(file.fileno())
        return Blob(Digest(hashed.hexdigest(), file.tell()), path, bool(status.st_mode & 0o100))


def content(blob: Blob) -> bytes:
    """All bytes of a blob. Raises ChangedError for a file that has another size, or is gone."""
    if isinstance(blob.content, bytes):
        return blob.content
    try:
        with open(blob.content, "rb") as file:
            data = file.read(blob.digest.size + 1)
    except OSError as error:
        raise ChangedError(f"{blob.content}: {error.strerror}") from None
    if len(data) != blob.digest.size:
        raise changed(blob)
    return data


def changed(blob: Blob) -> ChangedError:
    """The error for a file that has another content than it had."""
    return ChangedError(f"{blob.content!s}: changed since its digest was taken")


def is_changed(blob: Blob) -> bool:
    """Whether a blob has another content than its digest says. Reads all of it."""
    if isinstance(blob.content, bytes):
        return of_bytes(blob.content) != blob.digest
    try:
        return blob_of_file(blob.content).digest != blob.digest
    except OSError:
        return True
