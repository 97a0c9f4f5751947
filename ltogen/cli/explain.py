"""`ltogen explain`: why backends ran, and why sources are cut into codegen units."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ltogen.base.errors import UserError
from ltogen.cli import built, parsers
from ltogen.model import layout
from ltogen.model.costs import Decision
from ltogen.model.layout import Layout
from ltogen.report import backends
from ltogen.report.backends import Link

_DESCRIPTION = """\
Print for each link what became of its backends when it was last linked: which ran, which objects
came out of the store, and which backends were kept though a module that they read had changed. And
why: the function of another module, say, that they import and that is another now.

Print for each source that is cut into codegen units their number, or that it is in a unity unit
with others, and why: the number that the project file, or --codegen-units of a build that was taken
over, asks for; its share of the workers in --plan-jobs; the seconds that it takes.
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = parsers.add(commands, "explain", run,
                         "print why backends ran, and why sources are cut", _DESCRIPTION)
    built.add_to(parser)
    parser.add_argument("sources", nargs="*", metavar="SOURCE",
                        help="a source, or the end of its path (default: all)")


def run(options: argparse.Namespace) -> int:
    """Explain."""
    from ltogen.cli import codegen_units

    folders = built.folders(built.manifest(options))
    found = codegen_units.remembered(Path(options.folder), folders)
    known = _explain_units(options, found)
    known |= _explain_backends(options, folders)
    missing = [name for name in options.sources if name not in known]
    if missing:
        raise UserError(f"{missing[0]}: no link has it as a module, and nothing was decided about "
                        "its codegen units; is it a source of this build?")
    return 0


def _explain_backends(options: argparse.Namespace, folders: Layout) -> set[str]:
    """Print what became of backends; those of `options.sources` that were found."""
    known: set[str] = set()
    for link in backends.links(Path(options.folder), folders):
        if options.sources:
            known |= _explain_some(link, options.sources)
            continue
        print(f"{link.name}: {link.summary()}")
        for one in link.changed:
            print(f"  {one.module}: {one.fate}: {one.why}")
    return known


def _explain_some(link: Link, names: Sequence[str]) -> set[str]:
    """Print all about the backends of some sources; those that the link has."""
    known: set[str] = set()
    told = {one.module: f"{one.fate}: {one.why}" for one in link.changed}
    for module in link.modules:
        asked = {name for name in names if layout.names_module(name, f"{module}.o")}
        if asked:
            print(f"{link.name}: {module}: {told.get(module, 'unchanged')}")
            taken = link.imports(module)
            print(f"  takes code of {', '.join(taken)}" if taken else
                  "  takes code of no other module")
        known |= asked
    return known


def _explain_units(options: argparse.Namespace, found: Sequence[Decision]) -> set[str]:
    """Print how sources are cut; those of `options.sources` that were found."""
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
    if not chosen and not unity and not options.sources:
        print("no source is cut" if found else
              "no codegen units were asked for: all sources are whole")
    return {name for name in options.sources if any(
        layout.names_module(name, layout.inside(one.path)) for one in found)}
