"""The thin-link step on ten thousand modules."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.many import COUNT, Many
from bench.places import fresh
from bench.process import run
from bench.session import Session
from bench.table import Row, timed
from bench.timing import Pair, side_by_side
from ltogen.model import layout

_AIM = 1.25
_RAW = f"{layout.OUT}/raw/"


def rows(session: Session) -> list[Row]:
    """Without any index there, and with nothing changed since the last time."""
    many = session.many
    command = many.step()
    ours = partial(run, ["sh", "-c", command], many.graph.build)
    theirs = partial(run, many.raw(command, _RAW), many.graph.build)
    cold = side_by_side(session.runs, lambda _: _forget(many), ours, theirs)
    warm = side_by_side(session.runs, lambda _: None, ours, theirs)
    return [_row("cold", cold), _row("warm", warm)]


def _row(state: str, pair: Pair) -> Row:
    ours, theirs = pair.peaks
    return timed(f"thin-link step, {COUNT:,} modules, {state}", pair, "raw lld", _AIM,
                 f"peak {ours:.0f} MiB; theirs {theirs:.0f} MiB")


def _forget(many: Many) -> None:
    """Remove every index; Ninja makes the folders of outputs, so they are there."""
    indexes = many.graph.build / layout.Layout().thin_link("many")
    told = (indexes / "step.line").read_bytes()
    for output in (indexes, many.graph.build / _RAW):
        _empty(fresh(output), many)
    (indexes / "step.line").write_bytes(told)


def _empty(output: Path, many: Many) -> None:
    for folder in many.folders():
        (output / folder).mkdir(parents=True)
