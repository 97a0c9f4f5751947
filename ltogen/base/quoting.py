"""How words are written in a response file."""

from __future__ import annotations

import re
from collections.abc import Iterable

_RESPONSE_SPECIAL = re.compile(r"""([\s'"\\])""")


def response(words: Iterable[str]) -> str:
    """`words` as the content of a GNU-style response file, on one line.

    Backslashes, not quotes: LLVM's tokenizer takes a backslash as an escape inside single quotes
    too, so the shell's quoting is not what it reads.
    """
    return " ".join([_RESPONSE_SPECIAL.sub(r"\\\1", word) or '""' for word in words])
