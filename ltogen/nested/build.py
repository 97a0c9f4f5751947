"""The nested Ninja of one link."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from msgspec import Struct

from ltogen.base.errors import UserError
from ltogen.base.numbers import natural
from ltogen.base.processes import at_once, content
from ltogen.jobserver import ninja
from ltogen.nested import messages
from ltogen.nested.guard import Guard
from ltogen.ninja import binary as ninja_binary

# The user's name of each file in the graph; asked for when there is something to say.
Names = Callable[[], Mapping[str, str]]


class Ran(Struct, frozen=True):
    """How it ended, and the outputs of what failed; none where a terminal shows them."""

    status: int
    failed: tuple[str, ...] = ()


def run(manifest: str, names: Names, *, show: bool, elsewhere: int = 0) -> Ran:
    """Build the manifest's default; what the commands say goes to stderr.

    There what `names` gives stands in the place of each path of the graph's files. `show`: on a
    terminal, Ninja's own progress is shown instead. `elsewhere` are jobs that other machines take
    besides. Raises UserError where it cannot be run.
    """
    program = ninja_binary.pinned(None)
    shown = show and sys.stderr.isatty()
    output = 2 if shown else os.memfd_create("ninja", 0)
    quiet = [] if shown else ["--quiet"]
    command = [program.path, "-f", manifest, "-d", "keepdepfile", *quiet]
    jobs, guard = _jobs() + elsewhere, Guard()
    try:
        code = ninja.run(program, command, jobs, output, guard.watch)
    finally:
        guard.done()
    if shown:
        return Ran(code)
    said = content(output).decode(errors="surrogateescape")
    _say(said, names, failed=code != 0)
    return Ran(code, messages.failed(said))


def _jobs() -> int:
    """How many backends run at once where no jobserver says."""
    text = os.environ.get("LTOGEN_JOBS", "")
    jobs = natural(text) if text else at_once()
    if not jobs:
        raise UserError(f"LTOGEN_JOBS={text[:20]}: not a number of jobs")
    return jobs


def _say(text: str, names: Names, *, failed: bool) -> None:
    tidy = messages.tidied(text, names) if text else ""
    if failed and not tidy.strip():
        tidy = text
    sys.stderr.write(tidy.encode(errors="surrogateescape").decode(errors="replace"))
