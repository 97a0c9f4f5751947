"""`ltogen jobserver`: one pool of job tokens for all processes of a command."""

from __future__ import annotations

import argparse
from typing import Any

from ltogen.base.processes import at_once
from ltogen.cli import parsers, pool_options

_DESCRIPTION = """\
Run a command under a jobserver: make, Ninja, cargo, rustc, gcc and ld.ltogen share one pool of
tokens at any depth of nesting, so no more than N jobs run at once. (One job needs no token: of
several clients that COMMAND starts beside each other, as in `sh -c 'make & ninja'`, each has one
more.) The exit status is that of the command. When the command fails or is interrupted, all
processes that it started end.

A -j among the arguments of make sets the size of the pool and is removed, because a make with its
own -j leaves the pool. Ninja takes part if it has no -j.
"""
_EPILOG = """\
examples:
  ltogen jobserver -j 8 -- make
  ltogen jobserver --max-memory 75% -- cargo build --release
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = parsers.add(commands, "jobserver", run,
                         "share one pool of job tokens among make, Ninja, cargo and links",
                         _DESCRIPTION, _EPILOG)
    pool_options.add_to(parser)
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="what to run, behind --")


def run(options: argparse.Namespace) -> int:
    """Run the command under a pool."""
    from ltogen.jobserver.serve import serve

    command, jobs = pool_options.jobs_of_make(options.command)
    pool_options.warn_of_another(options, "without ltogen jobserver, the command takes part in it")
    return serve(command, options.jobs or jobs or at_once(), options.cap)
