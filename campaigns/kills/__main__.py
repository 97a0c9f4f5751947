"""`python -m campaigns.kills [STORY…]`: kills small builds everywhere, and finishes them."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.support import kills
from tests.support.killed_projects import STORIES

# Parts of the commands that are killed: every edge is one or the other.
_COMMANDS = ("cutoff.sh", "__main__.py")


def main(words: list[str]) -> int:
    """Run the command line; 1 if a build is not what it would be without the kill."""
    parser = argparse.ArgumentParser("python -m campaigns.kills", description=__doc__)
    parser.add_argument("stories", metavar="STORY", nargs="*", choices=[*STORIES, []],
                        help=f"of {', '.join(STORIES)}; default: all")
    options = parser.parse_args(words)
    wrong = 0
    for name in options.stories or STORIES:
        with tempfile.TemporaryDirectory() as folder:
            found = Counter(_killed(name, Path(folder)))
        print(f"{name:10} {sum(found.values())} kills, {found[False]} wrong", flush=True)
        wrong += found[False]
    return 1 if wrong else 0


def _killed(name: str, folder: Path) -> list[bool]:
    """Whether all was well after each kill."""
    story, well = STORIES[name](folder / "project"), []
    for series in kills.points(_COMMANDS):
        for problem in kills.problems(story, series, folder / "copy"):
            well.append(not problem)
            if problem:
                print(f"{name}: {problem}", flush=True)
    return well


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
