"""`compile_commands.json`, for editors and code browsers."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ltogen.model import Compilation

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
    lines = b",\n".join(map(msgspec.json.encode, entries))
    return f"[\n{lines.decode()}\n]\n"
