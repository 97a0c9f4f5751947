"""Numbers in text that anybody may have written."""

from __future__ import annotations

_DIGITS = 9


def natural(text: str, digits: int = _DIGITS) -> int | None:
    """The number that a few ASCII digits say, no more than `digits`; None for anything else.

    `str.isdigit` is no guard: it takes `²`, which `int` does not, and more digits than `int` does.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
