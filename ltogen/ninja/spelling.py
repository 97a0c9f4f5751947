"""The spelling of text and paths in a manifest."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from ltogen.base.errors import UserError

# A manifest cannot spell these inside a path: Ninja's lexer ends a path at `|` and at a line
# break and has no escape for either.
_UNSPELLABLE = re.compile(r"[\n\r\0|]")
_WORD = re.compile(r"(?:\$.|[^ $|])+")


def check_path(path: str, where: str) -> str:
    """`path` itself, unless no Ninja manifest can name it.

    Raises UserError for a path with a line break, a NUL or a `|`.
    """
    bad = _UNSPELLABLE.search(path)
    if bad is None:
        return path
    raise UserError(
        f"{where}: the path {path!r} contains {bad.group()!r}, "
        "which a Ninja manifest cannot spell; rename it"
    )


def text(value: str) -> str:
    """`value` so that Ninja's expansion of variables gives it back."""
    return value.replace("$", "$$")


def command(words: Iterable[str]) -> str:
    """`words` as one POSIX shell command, in the text of a Ninja variable."""
    return text(shlex.join(words))


def paths(many: tuple[str, ...]) -> str:
    """Paths as Ninja reads them in a build statement, with a space between each."""
    joined = " ".join(many)
    if "$" in joined or ":" in joined or joined.count(" ") != max(len(many) - 1, 0):
        return " ".join([path.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")
                         for path in many])
    return joined


def read_paths(spelled: str) -> list[str]:
    """The paths of a manifest's text, with `|` between them or not."""
    if "$" not in spelled:
        return spelled.replace(" | ", " ").split(" ")
    return [re.sub(r"\$(.)", r"\1", word) for word in _WORD.findall(spelled)]
