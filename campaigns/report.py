"""The table: a line for each project, then what the cells have to explain."""

from __future__ import annotations

from collections.abc import Mapping

from bench import machine
from campaigns.result import Result
from ltogen.toolchain import Toolchain

_NONE = "-"


def finish(results: Mapping[str, list[Result]], toolchain: Toolchain) -> int:
    """Print all there is to say; the exit status."""
    print(", ".join(f"{name} {value}" for name, value in machine.facts(toolchain).items()))
    print(f"\n{table(results)}\n\n{notes(results)}")
    return 0 if green(results) else 1


def table(results: Mapping[str, list[Result]]) -> str:
    """Projects down, columns across in the order in which they were first seen."""
    columns = list(dict.fromkeys(one.column for found in results.values() for one in found))
    lines = [["project", *columns]]
    for name, found in results.items():
        cells = {one.column: f"{one.cell}{'!' if one.ok is False else ''}" for one in found}
        lines.append([name, *(cells.get(column, _NONE) for column in columns)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
                     .rstrip() for line in lines)


def notes(results: Mapping[str, list[Result]]) -> str:
    """What each cell has to say besides, and every warning of `ltogen configure`."""
    lines = []
    for name, found in results.items():
        for one in found:
            mark = {True: "ok", False: "MISSED", None: ""}[one.ok]
            lines.append(f"{name:12} {one.column:16} {one.cell:10} {mark:7} {one.note}".rstrip())
            warned = one.data.get("warnings")
            if isinstance(warned, list):
                lines += [f"{'':12} warning: {text}" for text in warned]
    return "\n".join(lines)


def green(results: Mapping[str, list[Result]]) -> bool:
    """Whether no aim was missed."""
    return all(one.ok is not False for found in results.values() for one in found)
