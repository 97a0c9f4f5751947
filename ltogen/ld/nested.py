"""The nested Ninja of one link."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from msgspec import Struct

from ltogen.base.errors import StepError, UserError
from ltogen.base.numbers import natural
from ltogen.base.processes import at_once, content
from ltogen.jobserver import ninja
from ltogen.ninja import binary as ninja_binary
from ltogen.ninja import log as ninja_log

# What Ninja says about itself: its user is a linker's user.
_NINJA_S_OWN = re.compile(r"FAILED: .*\n.*\n|ninja: .*\n")


class Ran(Struct, frozen=True):
    """How it ended, and how many backends it ran."""

    status: int
    backends: int


def run(manifest: str, log: str) -> Ran:
    """Build the manifest's default; what the commands say goes to stderr."""
    before = _natives(log)
    try:
        program = ninja_binary.pinned(None)
    except UserError as error:
        raise StepError(f"ld.ltogen: {error}") from None
    shown = sys.stderr.isatty()
    output = 2 if shown else os.memfd_create("ninja", 0)
    quiet = [] if shown else ["--quiet"]
    command = [program.path, "-f", manifest, "-d", "keepdepfile", *quiet]
    code = ninja.run(program, command, _jobs(), output)
    if not shown:
        _say(content(output).decode(errors="surrogateescape"), failed=code != 0)
    return Ran(code, len(_natives(log).items() - before.items()))


def _jobs() -> int:
    """How many backends run at once where no jobserver says."""
    text = os.environ.get("LTOGEN_JOBS", "")
    jobs = natural(text) if text else at_once()
    if not jobs:
        raise StepError(f"ld.ltogen: LTOGEN_JOBS={text[:20]}: not a number of jobs")
    return jobs


def _say(text: str, *, failed: bool) -> None:
    said = _NINJA_S_OWN.sub("", text)
    if failed and not said.strip():
        said = text
    sys.stderr.write(said.encode(errors="surrogateescape").decode(errors="replace"))


def _natives(log: str) -> dict[str, str]:
    """What Ninja's log says of each backend's last run."""
    return {output: entry for output, entry in ninja_log.last_entries(Path(log)).items()
            if "/native/" in output}
