"""A campaign that leaves no process behind, whoever is killed."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

JOBS = 2


def become_kept(words: list[str]) -> NoReturn:
    """Become a command that leaves no process behind, whoever is killed."""
    pool = [sys.executable, "-m", "ltogen", "jobserver", f"-j{JOBS}", "--", *words]
    os.execv(pool[0], pool)
