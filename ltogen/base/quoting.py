"""How a word is written for each of its readers: the shell, a response file, a Ninja manifest."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from ltogen.base.errors import UserError
from ltogen.base.response_files import escape

# A manifest cannot spell these inside a path: Ninja's lexer ends a path at `|` and at a line
# break and has no escape for either.
_UNSPELLABLE = re.compile(r"[\n\r\0|]")


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


def shell(words: Iterable[str]) -> str:
    """`words` as one POSIX shell command, in the text of a Ninja variable."""
    return ninja_text(shlex.join(words))


def ninja_text(text: str) -> str:
    """`text` so that Ninja's variable expansion gives it back."""
    return text.replace("$", "$$")


def response(words: Iterable[str]) -> str:
    """`words` as the content of a GNU-style response file, on one line."""
    return " ".join(map(escape, words))
