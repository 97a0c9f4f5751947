"""How long everything takes, against in-process ThinLTO and against the build as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping

from bench.process import Run, run
from bench.table import seconds
from bench.timing import Pair, side_by_side
from campaigns.existing.build import TAKEN, Build
from campaigns.existing.subject import Subject
from campaigns.result import Result

_COLD_AIM = 1.0
_SHIPPED_AIM = 0.6
_CONFIGURE_AIM = 0.15
_NOOP_AIM = 1.3
_LEAST_RUNS = 20  # of what takes milliseconds


def cold(subject: Subject) -> Iterator[Result]:
    """All from nothing: taken over in three ways, and with in-process ThinLTO."""
    place = subject.place
    ways = {"theirs": _Cold(place.build("thin", thin=True), "build.ninja", None),
            "cold": _Cold(place.build("cold"), TAKEN, ()),
            "cold, from thin": _Cold(place.build("cold-thin", thin=True), TAKEN, ()),
            "shipped": _Cold(place.build("shipped"), TAKEN, place.project.products)}
    for way in ways.values():
        way.prepare()
    taken = _in_turn(subject.runs, {name: way.run for name, way in ways.items()})
    theirs = taken.pop("theirs")
    aims = {"cold": _COLD_AIM, "cold, from thin": _COLD_AIM,
            "shipped": _SHIPPED_AIM if place.project.many else None}
    for name, ours in taken.items():
        yield _timed(name, Pair(ours, theirs), aims[name])


def configure(subject: Subject) -> Iterator[Result]:
    """`ltogen configure --from` against CMake or Meson."""
    build = subject.place.build("configured")

    def theirs() -> Run:
        return build.configure()

    def ours() -> Run:
        (build.folder / TAKEN).unlink(missing_ok=True)
        return build.take_over()

    build.configure()
    pair = side_by_side(subject.runs, lambda _: None, ours, theirs)
    yield _timed("configure", pair, _CONFIGURE_AIM)


def noop(subject: Subject) -> Iterator[Result]:
    """Ninja with nothing to do."""
    pair = side_by_side(max(subject.runs, _LEAST_RUNS), lambda _: None, subject.taken.ninja,
                        lambda: subject.plain.ninja("build.ninja"))
    yield _timed("noop", pair, _NOOP_AIM)


class _Cold:
    """A build that can be made from nothing again and again.

    A copy of the folder, as it was when configured, is put back each time: the modification times
    are kept, so that neither manifest wants to be written again.
    """

    def __init__(self, build: Build, manifest: str, targets: tuple[str, ...] | None) -> None:
        self._build, self._manifest, self._targets = build, manifest, targets
        self._kept = build.folder.with_name(f"{build.folder.name}.configured")

    def prepare(self) -> None:
        """Configure, and take over if there are targets, perhaps none: all products."""
        self._build.configure()
        if self._targets is not None:
            self._build.take_over(*self._targets)
        shutil.rmtree(self._kept, ignore_errors=True)
        self._build.folder.rename(self._kept)

    def run(self) -> Run:
        """The build alone is timed."""
        shutil.rmtree(self._build.folder, ignore_errors=True)
        run(["cp", "-a", str(self._kept), str(self._build.folder)], self._kept)
        return self._build.ninja(self._manifest)


def _in_turn(runs: int, steps: Mapping[str, Callable[[], Run]]) -> dict[str, tuple[Run, ...]]:
    """A B C, A B C, …; nothing to warm up, since every build has been made for other rows."""
    rounds = [{name: step() for name, step in steps.items()} for _ in range(runs)]
    return {name: tuple(one[name] for one in rounds) for name in steps}


def _timed(column: str, pair: Pair, aim: float | None) -> Result:
    ours, theirs = pair.seconds
    data: dict[str, object] = {
        "ratio": pair.ratio, "ours_seconds": [one.seconds for one in pair.ours],
        "theirs_seconds": [one.seconds for one in pair.theirs]}
    bound = f", aim {aim:.2f}" if aim is not None else ""
    return Result(column, f"{pair.ratio:.2f}", None if aim is None else pair.ratio <= aim,
                  f"{seconds(ours)} against {seconds(theirs)}{bound}", data)
