"""One thing that was found out about a project or a part."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Result:
    """One cell of the table: `ok` is None where there is no aim."""

    column: str
    cell: str
    ok: bool | None
    note: str = ""
    data: dict[str, object] = field(default_factory=dict)
