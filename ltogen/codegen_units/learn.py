"""Learns the seconds of each source from the durations of a build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ltogen.model import layout
from ltogen.model.costs import Costs, Decision
from ltogen.model.layout import Layout
from ltogen.model.project import Kind, SourceFile, Target


def costs(members: Sequence[Target], files: Mapping[str, tuple[SourceFile, ...]],
          seconds: Mapping[str, float], decided: Iterable[Decision]) -> Costs:
    """Seconds of each source, in the target and the link where it takes most, and of the build.

    `seconds` are the durations by first output of the build that was `decided` so. The step that
    cuts IR does not count: a whole source has no such step.
    """
    counts = {(one.target, one.path): one.codegen_units for one in decided}
    links = [target.name for target in members if target.kind is not Kind.STATIC_LIBRARY]
    build = _Build(seconds, links)
    learned: dict[str, float] = {}
    for target in members:
        for file in files[target.name]:
            module = layout.module_path(target.name, layout.module_key(file.path))
            took = build.of_source(module, counts.get((target.name, file.path), 1))
            learned[file.path] = max(learned.get(file.path, 0.0), took)
    return Costs({path: took for path, took in learned.items() if took}, total=build.total)


class _Build:
    """Durations, looked up by where the products of a source lie."""

    def __init__(self, seconds: Mapping[str, float], links: Sequence[str]) -> None:
        self._seconds, self._layout = seconds, Layout()
        self._codes = [self._layout.plain, *map(self._layout.native, links)]
        self.total = sum(seconds.values())

    def of_source(self, module: str, count: int) -> float:
        """Seconds to compile a source for the link whose backends take longest."""
        modules = [module]
        if count > 1:
            modules = [layout.codegen_unit_module(module, number) for number in range(count)]
            self.total -= self._took(self._layout.ir_parts(module, 1))
        bitcode = (self._layout.bitcode + one for one in modules)
        backends = (self._took(folder + one for one in modules) for folder in self._codes)
        return self._took((self._layout.whole_ir(module), *bitcode)) + max(backends)

    def _took(self, outputs: Iterable[str]) -> float:
        return sum(self._seconds.get(output, 0.0) for output in outputs)
