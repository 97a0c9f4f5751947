"""`compile_commands.json`, for editors and code browsers."""

from __future__ import annotations

import os
from collections.abc import Iterable

import msgspec

from ltogen.base.errors import UserError
from ltogen.model.plan import Compilation

FILE_NAME = "compile_commands.json"


def compilation_database(compilations: Iterable[Compilation], directory: str) -> str:
    """One entry for each source, in Clang's JSON Compilation Database format."""
    entries = (
        {
            "directory": directory,
            "file": entry.source,
            "output": entry.output,
            "arguments": [*entry.arguments, "-c", entry.source, "-o", entry.output],
        }
        for entry in compilations
    )
    try:
        lines = b",\n".join(map(msgspec.json.encode, entries))
    except UnicodeEncodeError as error:
        raise UserError(f"{os.fsencode(error.object)!r}: the path is not UTF-8, which "
                        "compile_commands.json must be; rename it") from None
    return f"[\n{lines.decode()}\n]\n"
