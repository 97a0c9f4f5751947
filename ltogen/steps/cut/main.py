"""Step `cut`: cuts a module of IR into the modules of its codegen units."""

from __future__ import annotations

from ltogen.base import files
from ltogen.base.errors import StepError
from ltogen.steps import start
from ltogen.steps.cut.codegen_units import CodegenUnits
from ltogen.steps.cut.owners import Owners
from ltogen.steps.cut.text import CannotCut, Text


def main(arguments: list[str]) -> None:
    """Run the step: MODULE.ll, the module's key, and a path for each codegen unit."""
    began = start.now()
    source, key, *outputs = arguments
    data = files.read(source)
    if data is None:
        raise StepError(f"ltogen: {source}: no such module")
    for path, text in zip(outputs, cut(data.decode("latin-1"), len(outputs), key), strict=True):
        files.write_if_changed(path, text.encode("latin-1"), began)


def cut(text: str, count: int, key: str) -> list[str]:
    """The text of each codegen unit of a module.

    If the module cannot be cut, the first unit is the whole module and the others are empty.
    """
    if count == 1:
        return [text]
    try:
        module = Text(text)
        units = CodegenUnits(module, Owners(module, count, key))
        return [units.text(number) for number in range(count)]
    except CannotCut:
        empty = "".join(f"{line}\n" for line in text.split("\n")
                        if line.startswith(("source_filename ", "target ")))
        return [text, *[empty] * (count - 1)]
