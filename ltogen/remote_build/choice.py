"""Where a build's backends run, as the command line, the environment or a project says it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from ltogen.base.errors import UserError
from ltogen.base.processes import at_once
from ltogen.lower.remote import Farm

OFF = "off"
VARIABLE = "LTOGEN_REMOTE"
_NEEDED = ("grpc", "google.protobuf")


def farm(environment: Mapping[str, str], asked: str | None = None,
         described: str | None = None) -> Farm | None:
    """The server of a build; None if all runs here.

    What is `asked` for counts more than the environment, and that more than the project.

    Raises UserError for settings that cannot be used.
    """
    where = asked or environment.get(VARIABLE, "") or described or OFF
    if where == OFF:
        return None
    for module in _NEEDED:
        if not _is_there(module):
            raise UserError(f"{where}: a remote server needs gRPC; pip install 'ltogen[remote]'")
    # Loaded here: most builds have no server.
    from ltogen.remote_build import settings

    found = settings.load(where)
    named = where.startswith(settings.ADDRESS)
    return Farm(where if named else str(Path(where).expanduser().absolute()), at_once(),
                found.jobs)


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
