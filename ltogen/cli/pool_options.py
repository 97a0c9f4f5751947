"""The options of every command that makes a pool of job tokens."""

from __future__ import annotations

import argparse
import os

from ltogen.base.errors import UsageError, warn
from ltogen.base.numbers import natural
from ltogen.base.processes import at_once
from ltogen.jobserver import memory, pool
from ltogen.jobserver.tokens import MOST_JOBS


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add `-j` and `--max-memory`."""
    parser.add_argument("-j", "--jobs", metavar="N", type=_jobs,
                        help="how many jobs run at once, over all tools and at any depth "
                             "(default: the number of processors)")
    parser.add_argument("--max-memory", metavar="SIZE", dest="cap", type=size,
                        help="start no job that would raise the memory of all jobs above this: "
                             "8G, 512M, or 50%% of the memory of the machine or its cgroup; one "
                             "job always runs")


def warn_of_another(options: argparse.Namespace, advice: str) -> None:
    """Say that a new pool will be made inside another, whose limit it does not keep."""
    if pool.join() is None:
        return
    asked = f"-j{options.jobs}" if options.jobs else "--max-memory" if options.cap else "a new pool"
    warn(f"{asked}: the jobserver in MAKEFLAGS is left, and its jobs are not counted; {advice}")


def _jobs(text: str) -> int:
    jobs = natural(text)
    if not jobs or jobs > MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_JOBS}")
    return jobs


def size(text: str) -> int:
    """Bytes of an option's value. Raises ArgumentTypeError for a value that is no size."""
    try:
        return memory.parse(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size; write it as 8G, 512M or 50%") from None


def jobs_of_make(command: list[str]) -> tuple[list[str], int | None]:
    """A make command without its own `-j`, and the number of jobs that `-j` asked for.

    With a `-j` of its own, make would leave the pool. Raises UsageError for a value that is no
    number.
    """
    if os.path.basename(command[0]) not in ("make", "gmake"):  # noqa: PTH119
        return command, None
    kept: list[str] = []
    jobs: int | None = None
    rest = iter(command)
    for word in rest:
        value = ""
        if word in ("-j", "--jobs"):
            following = next(rest, "")
            value = following if natural(following) is not None else ""
            kept += [following] if following and not value else []
        elif word.startswith("-j") and word[2:3].isdecimal():
            value = word[2:]
        elif word.startswith("--jobs="):
            value = word[7:]
        else:
            kept.append(word)
            continue
        jobs = natural(value) if value else at_once()
        if not jobs or jobs > MOST_JOBS:
            raise UsageError(f"{word}: no number of jobs from 1 to {MOST_JOBS}")
    return kept, jobs
