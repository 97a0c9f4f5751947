"""Where the campaigns find and put things; their sources lie beside those of the benchmarks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bench.places import SOURCES
from ltogen.base.errors import UserError

CAMPAIGNS = Path(__file__).parent
ROOT = CAMPAIGNS.parent
WORK = CAMPAIGNS / "work"


def leave_store_alone() -> None:
    """Let what a campaign builds be built, and not be taken from the user's store."""
    os.environ.setdefault("LTOGEN_CACHE_DIR", "off")


def need_package(name: str, package: str) -> Path:
    """The folder of Debian's source `package`, fetched as `name` if it is not there yet."""
    folder = SOURCES / name
    if not folder.is_dir() and subprocess.run([CAMPAIGNS / "fetch.sh", name, package],
                                              check=False).returncode:
        raise UserError(f"the source package {package} is missing; see campaigns/fetch.sh")
    return folder
