"""Step `split`: a module's text as the texts of its units."""

from __future__ import annotations

from ltogen.base import files
from ltogen.base.errors import StepError
from ltogen.steps.split.owners import Owners
from ltogen.steps.split.text import Text, Unsplittable
from ltogen.steps.split.units import Units


def main(arguments: list[str]) -> None:
    """Run the step: MODULE.ll, the module's key, and a path for each unit."""
    source, key, *outputs = arguments
    data = files.read(source)
    if data is None:
        raise StepError(f"ltogen: {source}: no such module")
    for path, text in zip(outputs, split(data.decode("latin-1"), len(outputs), key), strict=True):
        files.write_if_changed(path, text.encode("latin-1"))


def split(text: str, count: int, key: str) -> list[str]:
    """The units of a module. One that cannot be divided is the first, whole, beside empty ones."""
    if count == 1:
        return [text]
    try:
        module = Text(text)
        found = Units(module, Owners(module, count, key))
        return [found.text(number) for number in range(count)]
    except Unsplittable:
        empty = "".join(f"{line}\n" for line in text.split("\n")
                        if line.startswith(("source_filename ", "target ")))
        return [text, *[empty] * (count - 1)]
