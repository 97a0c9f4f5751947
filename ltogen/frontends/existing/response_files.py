"""The response files of an existing build's commands."""

from __future__ import annotations

from pathlib import Path

from ltogen.base.response_files import words


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
