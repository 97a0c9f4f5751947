"""Step `expand`: writes the members of an archive as files, each only when it changes."""

from __future__ import annotations

import os

from ltogen.base import ar, elf, files, response_files
from ltogen.base.errors import StepError
from ltogen.steps import start


def main(arguments: list[str]) -> None:
    """Run the step: ARCHIVE OUTPUTS, a response file with one output for each member in order.

    A third argument extracts the bitcode of members that have native code as well.
    """
    began = start.now()
    path, names, *embedded = arguments
    outputs = response_files.parse(files.read(names) or b"")
    data = files.read(path)
    if data is None:
        raise StepError(f"ltogen: {path}: no such archive")
    try:
        members = ar.members(path, data)
    except ar.ArchiveError as error:
        raise StepError(f"ltogen: {error}") from None
    if len(members) != len(outputs):
        raise StepError(f"ltogen: {path}: other members than at configure time; build again")
    place(data, members, outputs, embedded=bool(embedded), time=began)
    start.settle(outputs, (path, *(file for *_, file in members if file)), began)


def place(data: bytes, members: list[ar.Member], outputs: list[str], *,
          embedded: bool = False, time: int | None = None) -> None:
    """Write each member of the archive `data` to its output, if it changed.

    `embedded`: only the bitcode of a member that has native code as well. `time`, in nanoseconds,
    is how old a new output is to be.
    """
    for (_, offset, size, file), output in zip(members, outputs, strict=True):
        os.makedirs(os.path.dirname(output), exist_ok=True)
        content = (files.read(file) or b"") if file else data[offset:offset + size]
        files.write_if_changed(output, (embedded and elf.bitcode(content)) or content, time,
                               last=True)
