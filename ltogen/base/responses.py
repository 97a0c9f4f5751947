"""GNU-style response files, as LLVM's tools read them."""

from __future__ import annotations

import os


def parse(data: bytes) -> list[str]:
    """The words of a response file's content."""
    text = os.fsdecode(data)
    if "\\" not in text and '""' not in text and text.isascii():
        return text.split()
    import re

    # A backslash takes the next character as it is; quotes are never written by ltogen itself.
    return ["" if word == '""' else re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL)
            for word in re.findall(r"(?:\\.|[^ \t\r\n\\])+", text, re.DOTALL)]


def compose(words: list[str]) -> bytes:
    """The content of a response file that gives `words` back, a word a line."""
    return os.fsencode("\n".join(map(_quote, words)) + "\n")


def _quote(word: str) -> str:
    if not word:
        return '""'
    for special in "\\ '\"\t\r\n\v\f\x1c\x1d\x1e\x1f":
        if special in word:
            word = word.replace(special, "\\" + special)
    return word
