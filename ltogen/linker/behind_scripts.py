"""What one argument of a line names by linker scripts: of all that the reader found."""

from __future__ import annotations

from collections.abc import Iterator

from ltogen.linker import file_kind
from ltogen.linker.command_line import Argument
from ltogen.linker.inputs import IN_SCRIPT, Input, Inputs


def inputs(found: Inputs, argument: Argument) -> list[Input]:
    """The inputs, in their order."""
    return [one for one in found.inputs if one.argument is argument
            and one.where == IN_SCRIPT and one.kind != file_kind.SCRIPT]


def scripts(found: Inputs, argument: Argument) -> Iterator[str]:
    """The scripts: one, and those that it names."""
    for one in found.inputs:
        if one.argument is argument:
            if one.kind == file_kind.SCRIPT:
                yield one.path
            yield from filter(None, [one.by])


def further(found: Inputs, argument: Argument) -> str:
    """What they say besides that a line without them cannot; empty if nothing."""
    return next((f"{script} also says {what}" for at, script, what in found.further
                 if at is argument and script), "")


def in_place(one: Input, words: list[str], *, as_needed: bool) -> list[str]:
    """The words that stand for one input, in the state that its script gives it.

    `as_needed`: whether the line around has that state already.
    """
    if one.as_needed and not as_needed:
        return ["--push-state", "--as-needed", *words, "--pop-state"]
    return words
