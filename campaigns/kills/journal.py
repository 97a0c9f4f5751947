"""What a campaign has found out so far, by place: an interrupted one goes on from there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from campaigns.places import ROOT
from tests.support.kills import Kill


class _Line(msgspec.Struct, frozen=True):
    """`said` is what was wrong, nothing if all was well, None where a series ends."""

    code: str
    story: str
    kill: Kill
    said: str | None


class Journal:
    """A file with a line for each place; those of other code count for nothing."""

    def __init__(self, path: Path) -> None:
        self._path, self._code = path, _code()
        lines = path.read_bytes().splitlines() if path.exists() else []
        self._known = {(one.story, one.kill): one.said for line in lines
                       if (one := msgspec.json.decode(line, type=_Line)).code == self._code}

    def known(self, story: str, kill: Kill) -> bool:
        """Whether the place was tried."""
        return (story, kill) in self._known

    def said(self, story: str, kill: Kill) -> str | None:
        """What came of it."""
        return self._known[story, kill]

    def add(self, story: str, kill: Kill, said: str | None) -> None:
        """Write down one more."""
        self._known[story, kill] = said
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(_Line(self._code, story, kill, said)) + b"\n")


def _code() -> str:
    """A digest of ltogen and of the stories."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    found = (path for path in (ROOT / "ltogen").rglob("*") if path.suffix in (".py", ".sh"))
    yield from sorted(found)
    yield from (ROOT / "tests" / "support" / name for name in ("kills.py", "killed_projects.py"))
