"""Step `extract`: extracts the bitcode of objects that have native code as well."""

from __future__ import annotations

import os

from ltogen.base import elf, files, response_files
from ltogen.base.errors import StepError
from ltogen.steps import start


def main(arguments: list[str]) -> None:
    """Run the step: NAMES, a response file with pairs of an object and an output."""
    began = start.now()
    words = response_files.parse(files.read(arguments[0]) or b"")
    for source, target in zip(words[::2], words[1::2], strict=True):
        data = files.read(source)
        if data is None:
            raise StepError(f"ltogen: {source}: no such object")
        bitcode = elf.bitcode(data)
        if not bitcode:
            raise StepError(f"ltogen: {source}: no bitcode in it; compile it with "
                            "-ffat-lto-objects, or configure again")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        files.write_if_changed(target, bitcode, began, last=True)
    start.settle(words[1::2], words[::2], began)
