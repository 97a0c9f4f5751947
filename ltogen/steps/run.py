"""Finds the step that a command names, and prints what went wrong in it as one line."""

from __future__ import annotations

import errno
import sys

from ltogen.base.errors import StepError


def run(words: list[str]) -> int:
    """Run the step `words[0]` with the rest as its arguments; the exit status."""
    try:
        _step(words[0])(words[1:])
    except StepError as error:
        if str(error):
            print(error, file=sys.stderr)
        return error.status
    except OSError as error:
        advice = "; free some, then build again" if error.errno == errno.ENOSPC else ""
        print(f"ltogen: {error.filename}: {error.strerror}{advice}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _step(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    # One import each: a step starts once for every edge, and must not load the others.
    if name == "thin-link":
        from ltogen.steps.thin_link import main
    elif name == "linker-line":
        from ltogen.steps.driver_args import main
    elif name == "merge":
        from ltogen.steps.merge import main
    elif name == "split":
        from ltogen.steps.split.main import main
    elif name == "extract":
        from ltogen.steps.extract import main
    elif name == "expand":
        from ltogen.steps.expand import main
    else:
        raise StepError(f"ltogen: no step '{name}'", 2)
    return main
