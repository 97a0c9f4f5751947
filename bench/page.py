"""The table of random edits on docs/performance.md."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

from bench.places import BENCH
from bench.session import Session
from bench.table import Row

PAGE = BENCH.parent / "docs" / "performance.md"
_BEGIN, _END = "<!-- python -m bench edits -->\n", "<!-- end -->\n"
_MET = {True: "", False: " **missed**", None: ""}


def write(facts: Mapping[str, str | int], session: Session, rows: Iterable[Row]) -> None:
    """Put the rows into the page, in the place of those of the last time."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    text = "\n".join(_lines(facts, session, rows))
    PAGE.write_text(f"{before}{_BEGIN}{text}\n{_END}{rest.partition(_END)[2]}")


def _lines(facts: Mapping[str, str | int], session: Session, rows: Iterable[Row]) -> Iterator[str]:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    yield f"{today}; {', '.join(f'{name} {value}' for name, value in facts.items())}."
    yield (f"{session.edits} edits of each kind with seed {session.seed}, {session.runs} runs of "
           "what is no edit; medians side by side, a ratio is the median of the pairs'.\n")
    yield "| what | ours | theirs | against | ratio | aim | note |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        yield (f"| {row.what} | {row.ours} | {row.theirs} | {row.against} | {row.ratio:.2f} | "
               f"{row.aim}{_MET[row.met]} | {row.note} |")
