"""BuildGrid's server, after it has made its tables: `server.py SETTINGS DATABASE`.

Both in one process, and without checking settings that are always the same: that is half of the
time of a start.
"""

from __future__ import annotations

import sys
from typing import Any

import jsonschema
from buildgrid.server.app.commands import cmd_migrate, cmd_server


def _accept(*_: Any, **__: Any) -> None:
    """What is written by a program is well-formed."""


def main() -> None:
    """Serve until somebody ends it."""
    settings, database = sys.argv[1:]
    jsonschema.validate = _accept
    cmd_migrate.apply.main([database], standalone_mode=False)
    cmd_server.start.main([settings], standalone_mode=False)


if __name__ == "__main__":
    main()
