"""Work that waits until all SConscripts are read.

SCons expands variables at build time: flags and libraries that are added after the call of a
builder count for it, and a library may come after the program that takes it. The graph of links
depends on them, so it is planned at the last moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import SCons.Node.FS
import SCons.Script.Main

from ltogen.scons.place import errors_at, here


class Stage(IntEnum):
    """The stages of the work, in order."""

    OBJECTS = 0  # what other targets name of what a link compiles
    LINKS = 1  # what each link takes
    GRAPH = 2  # all links as a graph
    MANIFEST = 3  # which can be written elsewhere, too


_waiting: dict[Stage, list[Callable[[], None]]] = {stage: [] for stage in Stage}


def later(stage: Stage, work: Callable[[], None]) -> None:
    """Do `work` before anything is built; its errors are of the line that asks for it now."""
    _hook()
    place = here()

    def placed() -> None:
        with errors_at(place):
            work()

    _waiting[stage].append(placed)


@contextmanager
def inside(env: Any, folder: Any) -> Iterator[None]:
    """Make SCons resolve relative paths from `folder`, as when the builder was called."""
    before = env.fs.getcwd()
    env.fs.chdir(folder, change_os_dir=False)
    try:
        yield
    finally:
        env.fs.chdir(before, change_os_dir=False)


def _hook() -> None:
    """Hook the start of SCons's own build function: SCons has no callback for this moment."""
    build = SCons.Script.Main._build_targets
    if getattr(build, "does_pending", False):
        return

    def build_targets(*arguments: Any, **named: Any) -> Any:
        # Names that are asked for below would be kept as they are seen from there.
        SCons.Node.FS.save_strings(False)
        try:
            for waiting in _waiting.values():
                while waiting:
                    waiting.pop(0)()
        finally:
            SCons.Node.FS.save_strings(True)
        return build(*arguments, **named)

    # SCons says that an error is in the deepest file that is not its own: this is one of its own.
    build_targets.__code__ = build_targets.__code__.replace(co_filename=build.__code__.co_filename)
    build_targets.does_pending = True  # type: ignore[attr-defined]
    SCons.Script.Main._build_targets = build_targets
