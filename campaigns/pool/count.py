"""`python -m campaigns.pool.count FILE`: write down how many tokens the pool has in the end."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from ltogen.jobserver import pool
from ltogen.jobserver.tokens import content

PATIENCE = 20.0  # seconds for who survives to end, and for the server to see who died
_STEADY = 1.0  # seconds without a change


def main(file: Path) -> int:
    """Look until nothing changes any more: who takes a token without a job loses it again."""
    joined = pool.join()
    if joined is None:
        return 1
    pipe = os.open(joined.read, os.O_RDONLY | os.O_NONBLOCK)
    now = since = time.monotonic()
    deadline = now + PATIENCE
    count = content(pipe)
    while now < deadline and (now - since < _STEADY or count < 3):
        time.sleep(0.02)
        before, count = count, content(pipe)
        now = time.monotonic()
        since = now if count != before else since
    file.write_text(str(count))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
