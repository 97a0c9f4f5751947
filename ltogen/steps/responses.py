"""GNU-style response files, as LLVM's tools read them."""

from __future__ import annotations

import os


def parse(data: bytes) -> list[str]:
    """The words of a response file's content."""
    text = os.fsdecode(data)
    if "\\" not in text:
        return text.split()
    import re

    # A backslash takes the next character as it is; quotes are never written by ltogen itself.
    return [re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL)
            for word in re.findall(r"(?:\\.|[^\s\\])+", text, re.DOTALL)]


def compose(words: list[str]) -> bytes:
    """The content of a response file that gives `words` back, a word a line."""
    return os.fsencode("\n".join(map(_quote, words)) + "\n")


def _quote(word: str) -> str:
    for special in "\\ '\"\t\n":
        if special in word:
            word = word.replace(special, "\\" + special)
    return word
