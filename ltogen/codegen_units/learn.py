"""Learns the seconds of each source from the durations of a build."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from ltogen.model import layout
from ltogen.model.costs import Costs
from ltogen.model.project import SourceFile, Target

_CUT = re.compile(r"\.unit\d+\.ll$")


def costs(members: Sequence[Target], files: Mapping[str, tuple[SourceFile, ...]],
          seconds: Mapping[str, float]) -> Costs:
    """Seconds of each source, in the target and the link where it takes most, and of the build.

    `seconds` are the durations by first output. The step that cuts IR does not count: a whole
    source has no such step.
    """
    steps: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    total = 0.0
    for output, took in seconds.items():
        if not _CUT.search(output):
            total += took
            found = layout.step_of(output)
            if found and found[0] == f"{layout.OUT}/":
                steps[found[2]][found[1].replace("units", "bitcode")] += took
    learned: dict[str, float] = {}
    for target in members:
        for file in files[target.name]:
            key = layout.module_path(target.name, layout.module_key(file.path)).removesuffix(".o")
            learned[file.path] = max(learned.get(file.path, 0.0), _one_link(steps.get(key, {})))
    return Costs({path: took for path, took in learned.items() if took}, total=total)


def _one_link(steps: Mapping[str, float]) -> float:
    """Seconds to compile a source for the link whose backends take longest."""
    codes = [took for step, took in steps.items() if step != "bitcode"]
    return steps.get("bitcode", 0.0) + max(codes, default=0.0)
