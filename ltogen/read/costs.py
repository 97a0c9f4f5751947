"""`ltogen-costs.toml`: what each source of a project costs, as a build has shown."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ltogen.errors import UserError
from ltogen.lower.partition import Costs

FILE_NAME = "ltogen-costs.toml"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    least: float
    total: float
    seconds: dict[str, float]


def read(root: Path) -> Costs | None:
    """The list in the project's folder; None where there is none. Raises UserError."""
    path = root / FILE_NAME
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{path}: cannot read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {error}; have it written again by ltogen configure "
                        "--learn-costs") from None
    return Costs(found.seconds, found.least, found.total)
