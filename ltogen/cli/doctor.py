"""`ltogen doctor`: what is installed, what it can do, and what brings the rest."""

from __future__ import annotations

import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("doctor", help="show toolchains and what is missing",
                                 description=__doc__, allow_abbrev=False)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the state of the machine."""
    return 0
