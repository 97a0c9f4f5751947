"""Writing a manifest for ten thousand files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bench.graph import Graph
from bench.many import COUNT, Many
from bench.places import NINJA, fresh, generator
from bench.process import Run, run
from bench.session import Session
from bench.table import Row, timed
from bench.timing import side_by_side
from ltogen.toolchain import Toolchain

_AIM = 0.5
_Command = Callable[[str, Path, Path], list[str]]


def rows(session: Session) -> list[Row]:
    """From nothing, with the compiler's checks that each generator makes."""
    many = Many(session.folder / "many", session.kind)
    many.prepare_sources()
    graph = Graph(many.project, session.folder / "configure" / "ours", session.kind)
    rows = []
    for name, command, aim in (("cmake", _cmake, _AIM), ("meson", _meson, None)):
        program = generator(name)
        if program is None:
            continue
        rows.append(_row(session, graph, command, program, aim))
    return rows


def _row(session: Session, graph: Graph, command: _Command, program: str,
         aim: float | None) -> Row:
    build = session.folder / "configure" / Path(program).name
    graph.configure()
    environment = _environment(graph.toolchain())

    def theirs() -> Run:
        return run(command(program, graph.project, build), graph.project, environment)

    pair = side_by_side(session.runs, lambda _: _clear(build), graph.configure, theirs)
    return timed(f"configure, {COUNT:,} files", pair, f"{Path(program).name}, Ninja", aim)


def _clear(build: Path) -> None:
    fresh(build).rmdir()


def _environment(toolchain: Toolchain) -> dict[str, str]:
    return {"CC": " ".join(toolchain.cc), "NINJA": NINJA,
            "PATH": f"{Path(NINJA).parent}:{os.environ['PATH']}"}


def _cmake(program: str, project: Path, build: Path) -> list[str]:
    return [program, "-G", "Ninja", "-S", str(project), "-B", str(build),
            "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_MAKE_PROGRAM={NINJA}"]


def _meson(program: str, project: Path, build: Path) -> list[str]:
    return [program, "setup", "--buildtype=release", str(build), str(project)]
