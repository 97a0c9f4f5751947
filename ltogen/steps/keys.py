"""The key of each backend: a digest of all that its object depends on.

A backend depends on its key file, and on nothing else: the index and the bitcode must only be
there. So a thin link says by its keys which backends run. A key is made of the compiler with its
flags and the files that they name, and of the index: its modules' identities, and all else in it
but their paths. The identity of a module is its hash, or a digest of bitcode that has none.

If a module changed, and nothing of it that an importer takes, the importer's key stays as it is,
with the identity that the module had when the importer's backend ran.
"""

from __future__ import annotations

from ltogen.base import files
from ltogen.base.sha256 import sha256

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltogen.linker.index import Index

# How backends name what they make visible to other modules: by source file, or by module hash.
BY_SOURCE, BY_MODULE = "source", "module"
_CONTENT = 64  # letters of a SHA-256; a module's hash has 40


class Key:
    """What a key file says.

    `names` is how promoted locals are named, `context` a digest of compiler, flags and files, and
    `rest` one of the index without its modules; `identities` are those of its modules, in order.
    """

    __slots__ = ("context", "digest", "identities", "names", "rest")

    def __init__(self, context: str, names: str, rest: str, identities: tuple[str, ...]) -> None:
        self.context, self.names, self.rest, self.identities = context, names, rest, identities
        self.digest = _digest((context, names, rest, *identities))

    def text(self) -> bytes:
        """The content of the key file; cutoff.sh reads its first two lines."""
        return "".join(f"{line}\n" for line in (
            self.digest, self.names, self.context, self.rest, *self.identities)).encode()

    def like(self, other: Key) -> bool:
        """Whether nothing but identities may differ."""
        return ((self.context, self.names, self.rest, len(self.identities))
                == (other.context, other.names, other.rest, len(other.identities)))


def parse(data: bytes | None) -> Key | None:
    """The key in a key file; None if there is none, or it was damaged."""
    lines = (data or b"").decode(errors="replace").split("\n")
    if len(lines) < 5:
        return None
    digest, names, context, rest, *identities = lines
    key = Key(context, names, rest, tuple(identities[:-1]))
    return key if key.digest == digest else None


def of_index(data: bytes, read: Index | None, context: str, names: str,
             digests: Mapping[str, str], own: str) -> Key:
    """The key of a backend by its index as it is; `own` is the path of its module.

    `digests` are those of bitcode, for modules without a hash. An index that cannot be read counts
    as a whole. No index says whose it is: two modules that import from each other may have the
    same one.
    """
    if read is None:
        return Key(context, names, sha256(data + digests[own].encode()).hexdigest(), ())
    rest = sha256(read.rest)
    rest.update(",".join(f"{module.number}{'=' if module.path == own else ''}"
                         for module in read.modules).encode())
    if not any(module.path == own for module in read.modules):
        rest.update(digests[own].encode())
    return Key(context, names, rest.hexdigest(), tuple(
        module.identity or digests[module.path] for module in read.modules))


def context(flags: str, paths: tuple[str, ...]) -> str:
    """What an object depends on beside its index: `flags`, a digest, and the files at `paths`."""
    if not paths:
        return flags
    return _digest((flags, *map(digest_of, paths)))


def digest_of(path: str) -> str:
    """The digest of a file's content."""
    import hashlib  # (few links have such files)

    return hashlib.sha256(files.read(path) or b"").hexdigest()


class Digests(dict[str, str]):
    """Digests of bitcode without a hash, by path; each file is read when it is asked for."""

    def __missing__(self, path: str) -> str:
        digest = self[path] = digest_of(path)
        return digest


def is_of_content(identity: str) -> bool:
    """Whether an identity is the digest of a file: an index does not show that it changed."""
    return len(identity) == _CONTENT


def _digest(words: Iterable[str]) -> str:
    digest: str = sha256("\0".join(words).encode()).hexdigest()
    return digest

