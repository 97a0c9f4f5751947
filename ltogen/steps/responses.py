"""GNU-style response files, as LLVM's tools read them."""

from __future__ import annotations

import os
import re

_SPECIAL = re.compile(r"""([\s'"\\])""")


def parse(data: bytes) -> list[str]:
    """The words of a response file's content."""
    text = os.fsdecode(data)
    if not _SPECIAL.search(text.replace(" ", "").replace("\n", "")):
        return text.split()
    # A backslash takes the next character as it is; this is all that ltogen itself writes.
    return [re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL)
            for word in re.findall(r"(?:\\.|[^\s\\])+", text, re.DOTALL)]


def compose(words: list[str]) -> bytes:
    """The content of a response file that gives `words` back, a word a line."""
    return os.fsencode("\n".join([_SPECIAL.sub(r"\\\1", word) for word in words]) + "\n")
