"""`ltogen-costs.toml`: the seconds that each source of a project took in a build."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec

from ltogen.base.errors import UserError
from ltogen.model.costs import Costs

FILE_NAME = "ltogen-costs.toml"
LEAST = 0.2  # seconds that are worth a line
_ADVICE = "have it written again by ltogen configure --learn-costs"
_SAME = 0.3  # of the seconds, by which another build may differ
_HEAD = """\
# What each source takes to be optimised and to become code, in seconds, by `ltogen configure
# --learn-costs`: codegen-units = "auto" counts by it. Keep it with the project, and every machine
# makes the same program. Sources that are not here take less than `least`, all jobs `total`.
"""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    least: float
    total: float
    seconds: dict[str, float]


def read(root: Path) -> Costs | None:
    """The list in the project's folder; None if there is none.

    Raises UserError for a file that cannot be read.
    """
    path = root / FILE_NAME
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{path}: cannot read: {error.strerror}") from None
    # (tomllib has no error of its own for too many digits or brackets.)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: {error}; {_ADVICE}") from None
    if not all(0 <= number < math.inf
               for number in (found.least, found.total, *found.seconds.values())):
        raise UserError(f"{path}: seconds that are no number from 0 on; {_ADVICE}")
    return Costs(found.seconds, found.least, found.total)


def listed(measured: Costs, known: Costs | None) -> Costs:
    """The seconds that are worth a line; a known line stays while it is about right."""
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
