"""`ltogen explain`: why sources are cut into codegen units, or are not."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ltogen.base.errors import UserError
from ltogen.cli import built, parsers
from ltogen.model import layout

_DESCRIPTION = """\
Print for each source of a configured build its number of codegen units, or that it is in a unity
unit with others, and why: the number that the project file, or --codegen-units of a build that was
taken over, asks for; its share of the workers in --plan-jobs; the seconds that it takes.
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = parsers.add(commands, "explain", run,
                         "print why sources are cut into codegen units, or are not", _DESCRIPTION)
    built.add_to(parser)
    parser.add_argument("sources", nargs="*", metavar="SOURCE",
                        help="a source, or the end of its path (default: those that are cut)")


def run(options: argparse.Namespace) -> int:
    """Explain."""
    from ltogen.cli import codegen_units

    folders = built.folders(built.manifest(options))
    found = codegen_units.remembered(Path(options.folder), folders)
    chosen = [one for one in found if one.codegen_units > 1] if not options.sources else [
        one for one in found for name in options.sources
        if layout.names_module(name, layout.inside(one.path))]
    for one in dict.fromkeys(chosen):
        how = (f"{one.codegen_units} units" if one.codegen_units > 1 else
               "in a unity unit" if one.group else "whole")
        target = f"{one.target}: " if one.target else ""
        print(f"{target}{one.path}: {how}: {one.why}")
    unity = [one for one in found if one.group]
    if unity and not options.sources:
        count = len({(one.target, one.group) for one in unity})
        print(f"{len(unity)} small sources are in {count} unity unit{'s'[:count > 1]}")
    missing = [name for name in options.sources if not any(
        layout.names_module(name, layout.inside(one.path)) for one in found)]
    if missing:
        raise UserError(f"{missing[0]}: nothing was decided: no codegen units were asked for where "
                        "this source is compiled, so it is whole")
    if not chosen and not unity:
        print("no source is cut" if found else
              "no codegen units were asked for: all sources are whole")
    return 0
