"""`python -m campaigns.kills [STORY…]`: kills small builds everywhere, and finishes them.

Each kind of place is tried at its first call, then each at its second, and so on: what was tried
when the time is over is a little of everything. The next run goes on from there, unless ltogen or
the stories are other than they were.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from campaigns.kills.journal import Journal
from campaigns.places import WORK, leave_store_alone
from tests.support import kills
from tests.support.killed_projects import STORIES
from tests.support.kills import Kill, Story

_QUICK = 10.0  # minutes


def main(words: list[str]) -> int:
    """Run the command line; 1 if a build is not what it would be without the kill."""
    leave_store_alone()
    parser = argparse.ArgumentParser("python -m campaigns.kills", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stories", metavar="STORY", nargs="*", choices=[*STORIES, []],
                        help=f"of {', '.join(STORIES)}; default: all")
    parser.add_argument("--minutes", type=float, default=float("inf"), metavar="N",
                        help="start no more after so many")
    parser.add_argument("--quick", action="store_const", dest="minutes", const=_QUICK,
                        help=f"--minutes {_QUICK:.0f}")
    parser.add_argument("--afresh", action="store_true", help="forget what earlier runs tried")
    parser.add_argument("--journal", type=Path, default=WORK / "kills.jsonl", metavar="FILE")
    options = parser.parse_args(words)
    if options.afresh:
        options.journal.unlink(missing_ok=True)
    names = options.stories or list(STORIES)
    until = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder:
        stories = {name: STORIES[name](Path(folder) / name / "project") for name in names}
        done, left = _campaign(stories, Journal(options.journal), Path(folder), until)
    for name in names:
        print(f"{name:10} {done[name, True] + done[name, False]} kills, "
              f"{done[name, False]} wrong, {left[name]} kinds of place not tried to their end")
    return 1 if any(not well for _, well in done) else 0


def _campaign(stories: dict[str, Story], journal: Journal, folder: Path,
              until: float) -> tuple[Counter[tuple[str, bool]], Counter[str]]:
    """How often a kill of each story was well or not, and how many series are not ended."""
    done: Counter[tuple[str, bool]] = Counter()
    open_series = {(name, kind) for name, story in stories.items() for kind in story.kinds()}
    for name, kind, kill in _by_turns(stories, open_series):
        if not journal.known(name, kill):
            if time.monotonic() >= until:
                break
            scratch = folder / name / "copy"
            journal.add(name, kill, kills.problem(stories[name], kill, scratch))
        said = journal.said(name, kill)
        if said is None:
            open_series.discard((name, kind))
            continue
        done[name, not said] += 1
        if said:
            print(f"{name}: {kill}: {said}", flush=True)
    return done, Counter(name for name, _ in open_series)


def _by_turns(stories: dict[str, Story],
              open_series: set[tuple[str, Kill]]) -> Iterator[tuple[str, Kill, Kill]]:
    """Story, series and place: the next of each series that is still open."""
    kinds = {name: list(story.kinds()) for name, story in stories.items()}
    number = 0
    while open_series:
        number += 1
        for name, series in kinds.items():
            for kind in series:
                if (name, kind) in open_series:
                    yield name, kind, replace(kind, number=number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
