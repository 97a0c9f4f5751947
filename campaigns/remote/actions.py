"""Many small backends: what each costs the machine that asks, executed and from the cache."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bench.graph import Graph
from bench.places import NINJA
from bench.process import run
from campaigns.remote.engines.casd import Casd
from campaigns.result import Result

_JOBS = "64"
_EXECUTED_AIM, _CACHED_AIM = 0.015, 0.012  # seconds of CPU an action, with Ninja's edge process
_CLIENT_AIMS = {"executed": 0.005, "cached": 0.001}  # of the client process alone
_MEMORY_AIM = 150  # MiB
_LINE = re.compile(r"(\d+) executed there, (\d+) from its cache, .*; ([\d.]+) s of CPU, (\d+) MiB")
_MODULE = """\
define i32 @m{number}(i32 %x) {{
  %y = add i32 %x, {number}
  ret i32 %y
}}
"""


def measure(folder: Path, casd: Casd, count: int) -> Iterator[Result]:
    """A link of so many modules, its backends run twice: the natives are deleted in between."""
    project = folder / "project"
    (project / "src").mkdir(parents=True)
    _write(project, count)
    log = folder / "log"
    graph = Graph(project, folder / "build", "system",
                  (("LTOGEN_CACHE_DIR", "off"), ("LTOGEN_LOG", str(log))))
    graph.build.mkdir()
    settings = folder / "remote.toml"
    settings.write_text(f'address = "{casd.access.url}"\nonly = true\njobs = {_JOBS}\n')
    graph.reconfigure("--remote", str(settings))
    for name, aim in (("executed", _EXECUTED_AIM), ("cached", _CACHED_AIM)):
        _prepare(graph)
        done = run([NINJA, "-j", _JOBS, "out/app"], graph.build, dict(graph.environment))
        edges = done.cpu_seconds - _link(graph)
        found = _LINE.search(log.read_text().splitlines()[-1])
        assert found, log.read_text()
        client = float(found[3])
        each = (edges + client) / (count + 1)
        yield Result(name, f"{each * 1000:.1f} ms", each <= aim,
                     f"an action, all processes; {found[1]} executed, {found[2]} cached")
        alone = client / (count + 1)
        yield Result(f"client, {name}", f"{alone * 1000:.2f} ms", alone <= _CLIENT_AIMS[name],
                     "an action, the client process alone, with its start")
        yield Result(f"memory, {name}", f"{found[4]} MiB", int(found[4]) <= _MEMORY_AIM)


def _prepare(graph: Graph) -> None:
    """All up to date but for the backends and the link."""
    run([NINJA, "-j2", "out/thinlink/app/link.rsp"], graph.build, dict(graph.environment))
    for path in (graph.build / "out").glob("native/app/**/*.o"):
        path.unlink()


def _link(graph: Graph) -> float:
    """Seconds of CPU that Ninja and the link alone take."""
    (graph.build / "out/app").unlink()
    return run([NINJA, "-j2", "out/app"], graph.build, dict(graph.environment)).cpu_seconds


def _write(project: Path, count: int) -> None:
    numbers = range(count)
    for number in numbers:
        (project / f"src/m{number}.ll").write_text(_MODULE.format(number=number))
    declared = "".join(f"int m{number}(int);\n" for number in numbers)
    calls = "".join(f"    x = m{number}(x);\n" for number in numbers)
    (project / "src/main.c").write_text(
        f"{declared}int main(int x, char **w) {{ (void)w;\n{calls}    return x & 1; }}\n")
    (project / "ltogen.toml").write_text('[targets.app]\nsources = ["src/*"]\n')
