"""Backend objects against those of lld's in-process code generator."""

from __future__ import annotations

import shlex

from bench.baseline import ByHand
from bench.places import fresh
from bench.process import run
from bench.session import Session
from bench.table import Row
from ltogen.model import layout

_AIM = 37 / 41


def rows(session: Session) -> list[Row]:
    """How many of zstd's objects are the same, byte for byte."""
    graph = session.zstd.graph
    graph.ninja()
    line = [entry.output for entry in graph.compilations()]
    modules = [path for path in line if path.startswith(layout.Layout().bitcode)]
    different = [module for module, task in zip(modules, _in_process(session, line), strict=True)
                 if (graph.build / _native(module)).read_bytes() != task]
    same = len(modules) - len(different)
    names = ", ".join(module.rpartition("/")[2].removesuffix(".o") for module in different)
    return [Row("identical backend objects", str(same), str(len(modules)), "lld in-process",
                same / len(modules), f">= {_AIM:.2f}", same / len(modules) >= _AIM,
                f"not: {names}" if names else "", {"different": different})]


def _native(module: str) -> str:
    return layout.Layout().native("zstd") + module.removeprefix(layout.Layout().bitcode)


def _in_process(session: Session, line: list[str]) -> list[bytes]:
    """The objects as lld makes them. It numbers them in link order; 0 is the regular module."""
    graph = session.zstd.graph
    output = fresh(session.folder / "identical")
    command = ByHand(graph, graph.build).link_words(
        shlex.join(line), str(output / "zstd"), f"--lto-obj-path={output / 'object'}")
    run(["sh", "-c", command], graph.build)
    count = sum(path.startswith(layout.Layout().bitcode) for path in line)
    return [(output / f"object{task}").read_bytes() for task in range(1, count + 1)]
