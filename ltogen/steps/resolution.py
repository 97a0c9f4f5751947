"""The response file of the final link: what the thin link took, in its order."""

from __future__ import annotations

import os

from ltogen.base import files, response_files
from ltogen.linker.command_line import INPUT, parse
from ltogen.steps import exact_link, symbol_facts

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from ltogen.linker.inputs import Inputs
    from ltogen.steps.link import Link


def write(link: Link, words: list[str], selected: dict[str, None], reads: Inputs, last: str, *,
          exact: bool, touch: bool) -> None:
    """Write it: natives in the place of modules, and symbols behind `last`; or the line itself.

    `selected` are the natives that the thin link wants, in its order. `touch`: it is new in any
    case.
    """
    final = (exact_link.words(link, words) if exact
             else _tidy(_in_place(link, words, list(selected), last)))
    path = link.indexes + "link.rsp"
    written = files.write_if_changed(path, response_files.compose(final), link.start)
    changed = os.stat(path).st_mtime_ns
    if not written and (touch or any(_newer(member, changed) for one in reads.inputs
                                     for member in one.members)):
        # (The final link's dependencies are as lld says, who leaves members of thin archives out.)
        os.utime(path, ns=(link.start, link.start))


def _in_place(link: Link, words: list[str], selected: list[str], last: str) -> list[str]:
    """Natives in the place of modules.

    A module that the thin link took out of a `--start-lib` group is linked whatever the code
    generator left of its users, because its constructors count; one that it did not take is left
    out. What is not thin comes in the place of the first module: no native of the line may define
    a weak symbol before it.

    The natives come in lld's order, which takes a module out of a group when somebody wants it. So
    none comes behind a native object before which lld has read it: nor does what it defines weakly.
    """
    regular = link.indexes + "regular-lto.o"
    pending = [regular] if os.path.getsize(regular) else []
    final: list[str] = []
    # An archive may stand in the line twice; its member is linked once.
    places = set(selected)
    ordered = iter(selected)
    last = link.natives + last.removeprefix(link.bitcode) if last else ""
    thin = last in places
    lazy = False
    for argument in parse(words):
        lazy = argument.option == "start-lib" or (lazy and argument.option != "end-lib")
        word = argument.text
        if argument.option != INPUT or not word.startswith(link.bitcode):
            final += argument.words
            continue
        native = link.natives + word.removeprefix(link.bitcode)
        chosen = native in places
        if chosen:
            places.remove(native)
            native = next(ordered)
            pending.append(native)
        if native == last and chosen == thin:
            pending.append(link.indexes + symbol_facts.OBJECT)
            last = ""  # (it may stand there again)
        final += ["--end-lib", *pending, "--start-lib"] if lazy and pending else pending
        pending = []
    return final


def _newer(path: str, changed: int) -> bool:
    try:
        return os.stat(path).st_mtime_ns > changed
    except OSError:
        return False


def _tidy(words: list[str]) -> list[str]:
    """Drop the groups that became empty."""
    kept: list[str] = []
    for word in words:
        if word == "--end-lib" and kept and kept[-1] == "--start-lib":
            kept.pop()
        else:
            kept.append(word)
    return kept
