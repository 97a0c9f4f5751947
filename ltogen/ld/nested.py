"""The nested Ninja of one link."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from msgspec import Struct

from ltogen.base.errors import StepError, UserError
from ltogen.base.processes import at_once, content
from ltogen.jobserver import ninja
from ltogen.ninja import binary as ninja_binary
from ltogen.ninja import log as ninja_log

# What Ninja says about itself: its user is a linker's user.
_NINJA_S_OWN = re.compile(r"FAILED: .*\n.*\n|ninja: .*\n")
# A backend that failed, its command, and what it said.
_FAILED = re.compile(
    r"FAILED: (?:\[code=\d+\] )?\S*/native/link/(\S+)\s*\n.*\n((?:(?!FAILED: ).*\n)*)")


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
        text = content(output).decode(errors="surrogateescape")
        _say(_spelled(text, os.path.dirname(manifest)), failed=code != 0)
    return Ran(code, len(_natives(log).items() - before.items()))


def _jobs() -> int:
    """How many backends run at once where no jobserver says."""
    jobs = os.environ.get("LTOGEN_JOBS", "")
    if jobs and (not jobs.isdigit() or int(jobs) == 0):
        raise StepError(f"ld.ltogen: LTOGEN_JOBS={jobs}: not a number of jobs")
    return int(jobs) if jobs else at_once()


def _spelled(text: str, state: str) -> str:
    """What backends say, with the names that a linker's user has for the modules."""
    text = _FAILED.sub(lambda found: found[2].replace("<inline asm>:", f"{found[1]} <inline asm>:"),
                       text)
    return text.replace(f"{state}/bitcode/", "").replace(f"{state}/native/link/", "")


def _say(text: str, *, failed: bool) -> None:
    said = _NINJA_S_OWN.sub("", text)
    if failed and not said.strip():
        said = text
    sys.stderr.write(said.encode(errors="surrogateescape").decode(errors="replace"))


def _natives(log: str) -> dict[str, str]:
    """What Ninja's log says of each backend's last run."""
    return {output: entry for output, entry in ninja_log.last_entries(Path(log)).items()
            if "/native/" in output}
