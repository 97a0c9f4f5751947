"""A public project whose backends all run elsewhere: the same objects, and once only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.graph import Graph
from bench.places import NINJA
from bench.process import Run, run
from campaigns.edits.projects import Project, site
from campaigns.remote.engines.farm import Farm
from campaigns.result import Result

_JOBS = "32"  # of Ninja; those that run here have a pool of their own


def measure(project: Project, folder: Path, farm: Farm) -> Iterator[Result]:
    """Here, by the workers, and in another folder out of the server's cache."""
    made = site(project, folder, "system", debug=False)
    here = made.build("here")
    here.configure()
    here.ninja()
    wanted = natives(here)
    settings = folder / "remote.toml"
    # A processor that is idle here would take work: all of it is to run there.
    settings.write_text(f'address = "grpc://{farm.access.address}"\n'
                        f'instance = "{farm.access.instance}"\nonly = true\n')
    before = farm.executed
    there = made.build("there")
    first = _build(there, settings)
    executed = farm.executed - before
    equal = sum(natives(there).get(name) == data for name, data in wanted.items())
    yield Result("identical", f"{equal}/{len(wanted)}", equal == len(wanted))
    yield Result("executed", str(executed), executed > 0, f"{first.seconds:.1f} s")
    second = made.build("second")
    took = _build(second, settings)
    again = farm.executed - before - executed
    yield Result("second checkout", str(again), again == 0, f"{took.seconds:.1f} s")
    yield Result("products", "equal" if made.products(second) == made.products(here) else "differ",
                 made.products(second) == made.products(here))


def natives(graph: Graph) -> dict[str, bytes]:
    """What the backends have made, by path."""
    top = graph.build / "out/native"
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*.o")}


def _build(graph: Graph, settings: Path) -> Run:
    graph.build.mkdir(parents=True, exist_ok=True)
    graph.reconfigure("--remote", str(settings))
    return run([NINJA, "-j", _JOBS], graph.build, dict(graph.environment))
