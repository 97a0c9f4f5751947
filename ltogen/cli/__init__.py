"""The command line: one file a command."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence

from ltogen import __version__
from ltogen.base import lean_imports, streams
from ltogen.base.errors import UserError

_DESCRIPTION = """\
Link-time optimisation as a build graph: every module is optimised, thin-linked and compiled by an
edge of its own, so Ninja schedules the work and repeats only what changed.
"""

_COMMANDS = ("configure", "build", "jobserver", "simulate", "explain", "cache", "doctor")
_EPILOG = """\
examples:
  ltogen configure && ninja        build the project described by ./ltogen.toml
  ltogen configure src -B build    the same, with the build in a folder of its own
  ltogen build -j 8 --max-memory 8G
                                   run Ninja with a pool of job tokens and a cap on memory
  ltogen jobserver -j 8 -- make    the same pool for make, cargo, or any command
  ltogen simulate -j 16            how long this build would take on a larger machine, and why
  ltogen explain                   which backends ran in the last build, and why
  ltogen cache                     which objects are kept for other builds, and how many
  ltogen doctor                    what is installed, and what is missing
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0, 1 for an error, 2 for wrong usage."""
    # Every object lives until the end of the command: looking for garbage only costs time.
    gc.disable()
    streams.open_missing()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser(words[:1]).parse_args(words)
        status: int = options.run(options)
        return status
    except UserError as error:
        usage = "error: " if error.status == 2 else ""  # as argparse has it
        print(f"ltogen: {usage}{_on_one_line(str(error))}", file=sys.stderr)
        return error.status
    except BrokenPipeError:
        return 1
    except OSError as error:  # (of a file that nobody thought of)
        where = f"{error.filename}: " if error.filename is not None else ""
        print(f"ltogen: {_on_one_line(where)}{error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        _flush()


def _flush() -> None:
    """Flush standard output while a closed pipe can still be told from an error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _on_one_line(text: str) -> str:
    """Replace line breaks: a message quotes names as they are, and a name can have one."""
    return text.replace("\n", "\\n").replace("\r", "\\r")


def _parser(command: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "ltogen", description=_DESCRIPTION, epilog=_EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"ltogen {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    lean_imports.import_msgspec()
    # One command's start-up does not pay for the others'.
    for name in command if command and command[0] in _COMMANDS else _COMMANDS:
        importlib.import_module(f"ltogen.cli.{name}").add_to(commands)
    return parser
