"""What each source cost in a build, by the durations of what was made of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ltogen import layout
from ltogen.model import SourceFile, Target

_MADE = re.compile(rf"{layout.OUT}/(?:bitcode|units|native/[^/]+|plain)/(.*?)(?:\.unit\d+)?"
                   r"\.(?:o|ll)$")
_DIVIDED = re.compile(r"\.unit\d+\.ll$")


def costs(members: Sequence[Target], files: Mapping[str, tuple[SourceFile, ...]],
          seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds of each source, in the target where it takes most.

    `seconds` are those of each output. What divides IR is not counted: it does what a whole source
    goes without.
    """
    modules: Counter[str] = Counter()
    for output, took in seconds.items():
        found = _MADE.match(output)
        if found and not _DIVIDED.search(output):
            modules[found[1]] += took  # type: ignore[assignment]
    learned: dict[str, float] = {}
    for target in members:
        for file in files[target.name]:
            key = layout.module_path(target.name, layout.module_key(file.path)).removesuffix(".o")
            learned[file.path] = max(learned.get(file.path, 0.0), modules[key])
    return {path: took for path, took in learned.items() if took}
