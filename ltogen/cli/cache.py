"""`ltogen cache`: the store of objects that all builds share."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ltogen.base.errors import UserError
from ltogen.cli import parsers, pool_options
from ltogen.store import place, policy, trim

_DESCRIPTION = """\
Print where objects are kept for all builds, how many and how large they are. Each is kept by a key
of all that it is made from, so none is ever out of date; what was used least recently is deleted
where they would be larger than the limit.
"""
_EPILOG = """\
Another folder, or none: $LTOGEN_CACHE_DIR, or `cache` in ltogen.toml's [project].
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = parsers.add(commands, "cache", run, "show, trim or clear the objects that are kept",
                         _DESCRIPTION, _EPILOG)
    parser.add_argument("--dir", metavar="DIR", help="the cache folder (default: the user's)")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--limit", metavar="SIZE", type=pool_options.size,
                        help="from now on keep no more than this, such as 10G")
    action.add_argument("--trim", action="store_true", help="delete what is beyond the limit now")
    action.add_argument("--clear", action="store_true", help="delete all objects")


def run(options: argparse.Namespace) -> int:
    """Show, trim or clear."""
    folder = place.objects(os.environ, options.dir)
    if not folder:
        print("off: no objects are kept for other builds")
        return 0
    if options.limit:
        problem = place.make(folder)
        if problem:
            raise UserError(problem)
        policy.set_limit(folder, options.limit)
    limit = policy.of_store(folder)
    if options.clear or options.trim or options.limit:
        freed = trim.clear(folder) if options.clear else trim.trim(folder, limit)
        print(f"freed {_mebibytes(freed)}")
    found = list(trim.entries(folder))
    objects = [entry for entry in found if "-" in os.path.basename(entry.path)]  # noqa: PTH119
    print(f"{folder}: {len(objects)} objects, {_mebibytes(trim.size(found))} of at most "
          f"{_mebibytes(limit.size)}")
    return 0


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):,.1f} MiB"
