"""What a build has shown of each source's cost, as a file of the project."""

from __future__ import annotations

from ltogen.lower.partition import Costs

LEAST = 0.2  # seconds that are worth a line
_SAME = 0.3  # of a cost, by which another build may differ
_HEAD = """\
# What each source takes to be optimised and to become code, in seconds, by `ltogen configure
# --learn-costs`: codegen-units = "auto" counts by it. Keep it with the project, and every machine
# makes the same program. Sources that are not here take less than `least`, all jobs `total`.
"""


def listed(measured: Costs, known: Costs | None) -> Costs:
    """The costs that are worth a line; one that is known stays while it is about right."""
    before = known or Costs({})
    found = {path: _kept(before.learned.get(path, 0.0), seconds)
             for path, seconds in measured.learned.items()}
    return Costs({path: seconds for path, seconds in found.items() if seconds >= LEAST}, LEAST,
                 _kept(before.total, measured.total))


def _kept(before: float, seconds: float) -> float:
    return before if abs(before - seconds) <= _SAME * seconds else float(f"{seconds:.2g}")


def text(costs: Costs) -> str:
    """The file's content."""
    lines = (f"{_quoted(path)} = {seconds}\n" for path, seconds in sorted(costs.learned.items())
             if path.isprintable())  # (what is not, a TOML file cannot name)
    return f"{_HEAD}least = {costs.least}\ntotal = {costs.total}\n\n[seconds]\n{''.join(lines)}"


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
