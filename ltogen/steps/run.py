"""Runs the step that a command names, and prints an error of it as one line."""

from __future__ import annotations

import errno
import sys

from ltogen.base import streams
from ltogen.base.errors import StepError

_ADVICE = {
    errno.ENOSPC: "; free some, then build again",
    # (Two take each other's files away.)
    errno.ENOENT: "; does another ninja build in this folder?",
}
# Each is imported alone: a step starts once for every edge, and must not load the others.
MODULES = {
    "driver-args": "ltogen.steps.driver_args",
    "expand": "ltogen.steps.expand",
    "extract": "ltogen.steps.extract",
    "hand-over": "ltogen.steps.hand_over",
    "inline-asm": "ltogen.steps.inline_asm",
    "merge": "ltogen.steps.merge",
    "cut": "ltogen.steps.cut.main",
    "thin-link": "ltogen.steps.thin_link",
}


def run(words: list[str]) -> int:
    """Run the step `words[0]` with the arguments from `words[2]` on; the exit status.

    `words[1]` is a digest of the step's code: the edge runs again when the code changes.
    """
    streams.open_missing()
    try:
        _step(words[0])(words[2:])
    except StepError as error:
        if str(error):
            print(error, file=sys.stderr)
        return error.status
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "")
        print(f"ltogen: {error.filename}: {error.strerror}{advice}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _step(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    if name not in MODULES:
        raise StepError(f"ltogen: no step '{name}'", 2)
    return __import__(MODULES[name], fromlist=["main"]).main
