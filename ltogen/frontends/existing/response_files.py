"""Response files, as the tools of LLVM and GNU read them."""

from __future__ import annotations

import re
from pathlib import Path

# Unlike in a shell, a backslash takes the next character as it is inside either kind of quotes.
_SINGLE = r"'((?:[^'\\]|\\.)*)'?"
_DOUBLE = r'"((?:[^"\\]|\\.)*)"?'
_WORD = re.compile(rf"""((?:[^\s'"\\]+|\\.|{_SINGLE}|{_DOUBLE}|\\)+)""", re.DOTALL)
_PIECE = re.compile(rf"""{_SINGLE}|{_DOUBLE}|((?:[^'"\\]|\\.)+|\\)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class ResponseFiles:
    """Reads response files; `found` are those that exist, as commands name them."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self.found: dict[str, None] = {}

    def words(self, path: str) -> list[str] | None:
        """The words of a response file; None if it cannot be read, or does not exist yet."""
        try:
            text = (self._folder / path).read_text("utf-8", "surrogateescape")
        except (OSError, ValueError):
            return None
        self.found[path] = None
        return words(text)


def words(text: str) -> list[str]:
    """The words of a response file's content."""
    if not any(special in text for special in "'\"\\"):
        return text.split()
    return [_unquote(match.group()) for match in _WORD.finditer(text)]


def _unquote(word: str) -> str:
    return "".join(_ESCAPE.sub(r"\1", single or double or bare)
                   for single, double, bare in _PIECE.findall(word))
