"""Fat LTO of zstd: all modules as one."""

from __future__ import annotations

from pathlib import Path

from bench import zstd_tree
from bench.baseline import ByHand
from bench.graph import JOBS, Graph
from bench.process import Run
from bench.session import Session
from bench.table import Row, at_most, timed
from bench.timing import side_by_side

_TIME, _PEAK, _PARTITIONS = 1.0, 1.05, 1.0


def rows(session: Session) -> list[Row]:
    """The whole build and its largest process, then the same merge in two partitions."""
    graph = _graph(session, "fat", 1)
    by_hand = ByHand(graph, session.folder / "fat-by-hand", lto="full")

    def prepare(_: int) -> None:
        graph.configure()
        by_hand.configure()

    pair = side_by_side(session.runs, prepare, graph.ninja, by_hand.ninja)
    ours, theirs = pair.peaks
    peak = Row("fat: peak memory of one process", f"{ours:.0f} MiB", f"{theirs:.0f} MiB",
               "clang -flto=full", ours / theirs, at_most(_PEAK), ours / theirs <= _PEAK)
    return [timed(f"fat: cold build of zstd, {JOBS} jobs", pair, "clang -flto=full", _TIME), peak,
            _partitions(session, graph)]


def _partitions(session: Session, whole: Graph) -> Row:
    """The merge alone, on two processors."""
    split = _graph(session, "fat-split", 2)
    split.configure()
    split.ninja()
    pair = side_by_side(session.runs, lambda _: None, lambda: _merge(split), lambda: _merge(whole))
    size = (split.build / "out/zstd").stat().st_size / (
        whole.build / "out/zstd").stat().st_size
    return timed("fat: merge and link of zstd, 2 partitions", pair, "1 partition", _PARTITIONS,
                 f"the program is {size:.3f} times as large")


def _merge(graph: Graph) -> Run:
    (graph.build / "out/merged/zstd/link.rsp").unlink()
    return graph.ninja()


def _graph(session: Session, name: str, partitions: int) -> Graph:
    project: Path = zstd_tree.copy(session.folder / f"{name}-sources")
    file = project / "ltogen.toml"
    file.write_text(file.read_text().replace(
        'lto = "thin"', f'lto = "fat"\nlto-partitions = {partitions}'))
    return Graph(project, session.folder / name, session.kind)
