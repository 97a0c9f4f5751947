"""Where the engines' programs are, which tests/tools/engines.sh brings."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from campaigns.places import ROOT
from campaigns.remote.engines.service import namespaces_work

_HERE = ROOT / ".venv/engines"
_DATABASES = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Tools:
    """The programs of the engines."""

    folder: Path

    @property
    def casd(self) -> Path:
        """The store of content and actions, which also runs actions."""
        return self.folder / "bin/buildbox-casd"

    @property
    def runner(self) -> Path:
        """Runs one action in a sandbox."""
        return self.folder / "bin/buildbox-run"

    @property
    def python(self) -> Path:
        """A Python that has BuildGrid, gRPC and cryptography."""
        return self.folder / "venv/bin/python"

    @property
    def buildgrid(self) -> Path:
        """The server of a farm."""
        return self.folder / "venv/bin/bgd"


def find_tools() -> Tools:
    """The tools of LTOGEN_TEST_ENGINES, or those beside this checkout; they may be missing."""
    return Tools(Path(os.environ.get("LTOGEN_TEST_ENGINES") or _HERE))


def find_database() -> Path | None:
    """The folder of the newest PostgreSQL's programs."""
    folders = sorted(_DATABASES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


def what_is_missing(*, farm: bool = False) -> str:
    """Why the engines cannot run here; empty if they can."""
    if not find_tools().buildgrid.exists():
        return "no engines; tests/tools/engines.sh .venv/engines brings them"
    if shutil.which("bwrap") is None:
        return "no bwrap; it is in Debian's package bubblewrap"
    if farm and find_database() is None:
        return "no PostgreSQL; it is in Debian's package postgresql"
    return "" if namespaces_work() else "this user may not make namespaces"
