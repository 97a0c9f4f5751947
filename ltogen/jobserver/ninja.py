"""Lets any Ninja take part in a jobserver, also one without support for it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from msgspec import Struct

from ltogen.jobserver import makeflags, pool
from ltogen.ninja.binary import NinjaBinary


class Share(Struct, frozen=True):
    """How to start a Ninja: options, environment, and file descriptors to keep open."""

    options: tuple[str, ...]
    environment: Mapping[str, str]
    keep: tuple[int, ...] = ()


def run(ninja: NinjaBinary, command: list[str], jobs: int, output: int | None = None,
        started: Callable[[int], None] = lambda process: None) -> int:
    """Run `command` in the jobserver, or else with `jobs` jobs; its exit status.

    Its output goes to the file descriptor `output`, if that is given. `started` is called with the
    process.
    """
    actions = [(os.POSIX_SPAWN_DUP2, output, number) for number in (1, 2) if output is not None]
    with share(ninja, jobs) as own:
        for descriptor in own.keep:
            os.set_inheritable(descriptor, True)
        process = os.posix_spawn(ninja.path, [*command, *own.options], own.environment,
                                 file_actions=actions)
        started(process)
        return _wait(process)


@contextmanager
def share(ninja: NinjaBinary, jobs: int) -> Iterator[Share]:
    """How to start `ninja` so that it takes part in the jobserver, or else runs `jobs` jobs.

    With a jobserver there is no -j: a Ninja with -j leaves the jobserver. A Ninja that does not
    support the jobserver gets the tokens that are free now, and returns them when it ends.
    """
    found = pool.join()
    if found is None:
        yield Share(("-j", str(jobs)), _without(os.environ))
    elif ninja.joins_paths() and found.read == found.write:
        yield Share((), _with(f"fifo:{found.read}"))
    elif ninja.joins_descriptors():
        ends = (os.open(found.read, os.O_RDONLY), os.open(found.write, os.O_WRONLY))
        yield Share((), _with(f"{ends[0]},{ends[1]}"), ends)
    else:
        tokens, ended = b"", threading.Event()
        try:
            while len(tokens) + 1 < jobs and (token := found.take()):
                tokens += token
                # Who serves the pool counts the threads of who holds tokens: this Ninja may have no
                # job for one just now, and still must find it.
                threading.Thread(target=ended.wait, daemon=True).start()
            yield Share(("-j", str(len(tokens) + 1)), _without(os.environ))
        finally:
            found.give(tokens)
            ended.set()


def _with(auth: str) -> dict[str, str]:
    flags = makeflags.with_auth(os.environ.get("MAKEFLAGS", ""), f"--jobserver-auth={auth}")
    return {**os.environ, "MAKEFLAGS": flags}


def _without(environment: Mapping[str, str]) -> dict[str, str]:
    """A share without a jobserver: Ninja runs a fixed number of jobs."""
    return {name: value for name, value in environment.items() if name != "MAKEFLAGS"}


def _wait(process: int) -> int:
    """Wait for a child, and pass signals on to it."""
    def stop(number: int, frame: FrameType | None) -> None:
        os.kill(process, number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    # Ninja has the terminal's interrupt itself.
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
