"""tmux by `ld.ltogen`: a text in a file that most others import from."""

from __future__ import annotations

from pathlib import Path

from bench.edits.tmux import Tmux
from bench.places import need_package
from bench.session import Session
from bench.table import Row, timed
from bench.timing import side_by_side
from ltogen.toolchain import Request, choose

_BACKENDS_AIM = 10


def rows(session: Session) -> list[Row]:
    """make, after each edit."""
    need_package("tmux")
    toolchain = choose(Request(kind=session.kind), Path("/nonexistent"))
    folder = session.folder / "edits" / "tmux"
    ours, theirs = (Tmux(folder / linker, toolchain, linker).configure()
                    for linker in ("ltogen", "lld"))
    ours.make()
    theirs.make()
    counts: list[tuple[int, int]] = []

    def prepare(number: int) -> None:
        if number:
            counts.append(ours.backends())
        ours.edit(number)
        theirs.edit(number)

    pair = side_by_side(session.runs, prepare, ours.make, theirs.make)
    counts.append(ours.backends())
    most, modules = max(counts)
    what = "text in a static function of tmux.c, ld.ltogen"
    return [Row(f"{what}: backends run", str(most), str(modules), "modules", most / modules,
                f"<= {_BACKENDS_AIM}", most <= _BACKENDS_AIM),
            timed(what, pair, "lld, warm cache", None)]
