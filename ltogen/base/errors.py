"""The exceptions a user sees, and the "did you mean" that goes with them."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class UserError(Exception):
    """Input that ltogen cannot work with.

    The message is one line: what is wrong, where, and what to do. The command line prints it
    without a traceback and exits with `status`.
    """

    status = 1


class UsageError(UserError):
    """A command line that contradicts itself."""

    status = 2


class KilledError(UserError):
    """A program was killed before it had answered: nobody may go on with something else."""


class StepError(Exception):
    """A step cannot go on. The message is printed as it is, and may be empty."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def warn(message: str) -> None:
    """Print a warning."""
    print(f"ltogen: warning: {message}", file=sys.stderr)


def did_you_mean(word: str, known: Iterable[str],
                 whole: Callable[[str], str | None] = str) -> str:
    """`; did you mean 'x'?` for the known word closest to `word`, or nothing.

    `whole` gives the text that stands for a known word.
    """
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{whole(close[0])}'?" if close else ""
