"""How each command is added to the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def add(commands: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str,
        description: str, epilog: str | None = None,
        usage: str | None = None) -> argparse.ArgumentParser:
    """The parser of a new command; its texts are printed without wrapping."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=description, epilog=epilog, usage=usage,
        allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    return parser
