"""A link as its user would type it: what is said of one that fails."""

from __future__ import annotations

import itertools
import shlex

from ltogen.clang import flags
from ltogen.model.link_unit import FinalLink

_MOST = 20  # files; who wants to read all looks where they are written


def shown(final: FinalLink, file: str) -> str:
    """What is said of a link that fails, on one line; empty where nobody typed it.

    The linker's own line is in a `file`.
    """
    if not final.typed:
        return ""
    line = " ".join(_shortened(final.typed))
    text = (f"ltogen: the link of {final.product}: {line}; "
            f"the linker's own line: {shlex.quote(file)}")
    return text.replace("\n", "\\n").replace("\r", "\\r")


def driver(words: tuple[str, ...]) -> tuple[str, ...]:
    """A toolchain's driver as users call it: that is not asked what it does."""
    return tuple(itertools.takewhile(lambda word: word not in ("-###", "-v"), words))


def _shortened(words: tuple[str, ...]) -> list[str]:
    """The words for a shell, without most files if there are very many."""
    driver, *arguments = words
    shown, files, end = [shlex.quote(driver)], 0, 0
    for group in flags.groups(arguments):
        is_file = not group[0].startswith("-")
        files += is_file
        if not is_file or files <= _MOST:
            shown.append(shlex.join(group))
        if is_file and files <= _MOST:
            end = len(shown)
    if files > _MOST:
        shown.insert(end, f"... ({files - _MOST} more)")
    return shown
