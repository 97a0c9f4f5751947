"""The nested Ninja of one link."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from ltogen.base.errors import StepError, UserError
from ltogen.base.numbers import natural
from ltogen.base.processes import at_once, content
from ltogen.jobserver import ninja
from ltogen.ld import messages
from ltogen.ld.guard import Guard
from ltogen.ninja import binary as ninja_binary
from ltogen.ninja import log as ninja_log

# The user's name of each file in the state; asked for when there is something to say.
Names = Callable[[], Mapping[str, str]]


class Ran(Struct, frozen=True):
    """How it ended, and how many backends it ran."""

    status: int
    backends: int


def run(manifest: str, log: str, names: Names) -> Ran:
    """Build the manifest's default; what the commands say goes to stderr.

    There what `names` gives stands in the place of each path of the state's files.
    """
    before = _natives(log)
    try:
        program = ninja_binary.pinned(None)
    except UserError as error:
        raise StepError(f"ld.ltogen: {error}") from None
    shown = sys.stderr.isatty()
    output = 2 if shown else os.memfd_create("ninja", 0)
    quiet = [] if shown else ["--quiet"]
    command = [program.path, "-f", manifest, "-d", "keepdepfile", *quiet]
    jobs, guard = _jobs(), Guard()
    try:
        code = ninja.run(program, command, jobs, output, guard.watch)
    finally:
        guard.done()
    if not shown:
        _say(content(output).decode(errors="surrogateescape"), names, failed=code != 0)
    return Ran(code, len(_natives(log).items() - before.items()))


def _jobs() -> int:
    """How many backends run at once where no jobserver says."""
    text = os.environ.get("LTOGEN_JOBS", "")
    jobs = natural(text) if text else at_once()
    if not jobs:
        raise StepError(f"ld.ltogen: LTOGEN_JOBS={text[:20]}: not a number of jobs")
    return jobs


def _say(text: str, names: Names, *, failed: bool) -> None:
    tidy = messages.tidied(text, names) if text else ""
    if failed and not tidy.strip():
        tidy = text
    sys.stderr.write(tidy.encode(errors="surrogateescape").decode(errors="replace"))


def _natives(log: str) -> dict[str, str]:
    """What Ninja's log says of each backend's last run."""
    return {output: entry for output, entry in ninja_log.last_entries(Path(log)).items()
            if "/native/" in output}
