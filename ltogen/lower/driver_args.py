"""Asks the compiler driver, once for each way to link, what it would tell the linker.

Thin link and final link both run the linker itself with that answer, so they see one and the same
line, and a driver that refuses a linker option (the embedded one) does not stand in the way.
"""

from __future__ import annotations

import sys

from msgspec import Struct

from ltogen.base.digest import digest
from ltogen.lower.rules import rule_name, step
from ltogen.model.plan import Action, Phase, Rule
from ltogen.model.site import Site


class LinkerLine(Struct, frozen=True):
    """The files `STEM.before` and `STEM.after`, and the action that writes them."""

    stem: str
    action: Action


def linker_line(driver: tuple[str, ...], arguments: tuple[str, ...], libraries: tuple[str, ...],
                site: Site) -> LinkerLine:
    """What `driver` puts before and after the inputs of a link with these arguments.

    `libraries` are driver arguments that come behind the inputs.
    """
    words = [*driver, *arguments]
    key = digest([*words, "", *libraries])
    stem = site.layout.linker_line(key)
    mode = "run" if site.toolchain.link_runs else "print"
    command = step(sys.executable, "linker-line", stem, mode, *site.toolchain.backend, "--", *words,
                   "--", *libraries)
    rule = Rule(rule_name("line", key), command, "ask  linker line", depfile="$out.d")
    action = Action(Phase.LINKER_LINE, rule, (stem + ".before",), (), (site.layout.toolchain,),
                    implicit_outputs=(stem + ".after",))
    return LinkerLine(stem, action)
