"""What `ld.ltogen` runs: the link as lld would do it, from what the last link left."""

from __future__ import annotations

import gc
import os
import sys
import time

from ltogen.base import lean_imports, streams
from ltogen.base.errors import StepError
from ltogen.ld import tools
from ltogen.ld.command import Command, NotTaken
from ltogen.ld.state import State
from ltogen.linker import command_line
from ltogen.nested.journal import note


def main() -> int:
    """Link; the exit status is the linker's."""
    gc.disable()
    streams.open_missing()
    arguments = sys.argv[1:]
    found = tools.find()
    if not found.linker:
        print("ld.ltogen: no lld beside clang or on PATH; install lld, or name one with LTOGEN_LD",
              file=sys.stderr)
        return 1
    try:
        return _link(Command(arguments), found)
    except NotTaken as reason:
        _leave(found.linker, arguments, reason)
    except StepError as error:
        if str(error):
            print(error, file=sys.stderr)
        return error.status
    except OSError as error:
        print(f"ld.ltogen: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 1


def _link(command: Command, found: tools.Tools) -> int:
    started = time.monotonic()
    if os.environ.get("LLD_REPRODUCE"):
        raise NotTaken("LLD_REPRODUCE is set")
    state = State(command)
    if state.is_current(found.linker):
        state.touch()
        if command.prints:
            _show(state)
        note(command.output, "up to date", started)
        return 0
    # Loaded here: a link that is up to date needs none of it.
    from ltogen.ld import scan

    reason = scan.why_not(command)
    if reason:
        raise NotTaken(reason)
    state.make()
    # Loaded here: it takes longer than all of the above.
    lean_imports.import_msgspec()
    from ltogen.ld.build import build

    return build(command, found, state, started)


def _show(state: State) -> None:
    # Loaded here: few links print.
    from ltogen.ld import printed

    printed.show(state.folder)


def _leave(linker: str, arguments: list[str], reason: NotTaken) -> None:
    """Become lld."""
    line = command_line.of_linker(arguments)
    output = line.last("output") or "a.out"
    if not line.has("version") and not line.has("help"):
        note(output, f"left to lld: {reason}")
    if reason.warn:
        print(f"ld.ltogen: warning: {output} is left to lld: {reason}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(linker, [linker, *arguments])
