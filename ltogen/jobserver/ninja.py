"""How a Ninja takes part in a jobserver, whatever it can by itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from ltogen.jobserver import makeflags, pool
from ltogen.ninja_binary import NinjaBinary

_FIFO_SINCE = (1, 13)


class Share(Struct, frozen=True):
    """What a Ninja is started with: options, and its environment."""

    options: tuple[str, ...]
    environment: Mapping[str, str]


@contextmanager
def share(ninja: NinjaBinary, jobs: int) -> Iterator[Share]:
    """Let `ninja` take part in the jobserver there is; else it runs `jobs` at once.

    A Ninja that knows nothing of jobservers gets the tokens that are free now, and they go back
    when it has ended.
    """
    found = pool.join()
    if found is None:
        yield Share(("-j", str(jobs)), _without(os.environ))
    elif _version(ninja.version) >= _FIFO_SINCE:
        # Without -j: with one Ninja would leave the jobserver.
        flags = makeflags.with_auth(os.environ.get("MAKEFLAGS", ""),
                                    f"--jobserver-auth=fifo:{found.path}")
        yield Share((), {**os.environ, "MAKEFLAGS": flags})
    else:
        tokens = b""
        try:
            while len(tokens) + 1 < jobs and (token := found.take()):
                tokens += token
            yield Share(("-j", str(len(tokens) + 1)), _without(os.environ))
        finally:
            found.give(tokens)


def _without(environment: Mapping[str, str]) -> dict[str, str]:
    """No jobserver for a Ninja that is told how many jobs it may run."""
    return {name: value for name, value in environment.items() if name != "MAKEFLAGS"}


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)[:2]))
