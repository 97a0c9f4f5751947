"""How large the store may become.

The words are those of lld's `--thinlto-cache-policy`, as LLVM's parseCachePruningPolicy reads them.
lld refuses what is not one, so nothing here does.
"""

from __future__ import annotations

from ltogen.base import files
from ltogen.base.numbers import natural

_BYTES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_LIMIT = "limit"  # file of the store: what its user said, in bytes
DEFAULT_SIZE = 5 << 30  # bytes
_DIGITS = 18  # of a number of bytes


class Policy:
    """When the store is trimmed, and to what: 0 for no limit.

    `interval` and `oldest` are in seconds, `size` in bytes, `percent` of the space that the file
    system has beside what else is on it.
    """

    __slots__ = ("count", "interval", "oldest", "percent", "size")

    def __init__(self, size: int) -> None:
        self.size, self.percent, self.count, self.oldest, self.interval = size, 0, 0, 0, 1200


def of_store(folder: str) -> Policy:
    """What the user said of a store, or the default."""
    text = (files.read(f"{folder}/{_LIMIT}") or b"").decode(errors="replace")
    said = natural(text.strip(), _DIGITS)
    return Policy(DEFAULT_SIZE if said is None else said)


def set_limit(folder: str, size: int) -> None:
    """Remember how large a store may become, in bytes."""
    files.write_if_changed(f"{folder}/{_LIMIT}", b"%d\n" % size, shared=True)


def said(policy: Policy, text: str) -> Policy:
    """The policy with what `text`, of a link's command line, says instead."""
    for part in text.split(":"):
        name, _, value = part.partition("=")
        if name == "cache_size_bytes":
            policy.size = _number(value, _BYTES)
        elif name == "cache_size":
            policy.percent = _number(value, {"%": 1})
        elif name == "cache_size_files":
            policy.count = _number(value, {})
        elif name == "prune_after":
            policy.oldest = _number(value, _SECONDS)
        elif name == "prune_interval":
            policy.interval = _number(value, _SECONDS)
    return policy


def _number(text: str, units: dict[str, int]) -> int:
    unit = units.get(text[-1:].lower(), 0)
    return (natural(text[:-1] if unit else text, _DIGITS) or 0) * (unit or 1)
