"""The costs that decide the codegen units of a project, and the record of the decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from ltogen.backends import files as written
from ltogen.backends.build_folder import LastRun
from ltogen.base.errors import UserError
from ltogen.codegen_units import costs_file, learn
from ltogen.model.costs import Costs, Decision
from ltogen.model.layout import Layout
from ltogen.model.project import SourceFile, Target


def cost_list(root: Path, build: Path, members: Sequence[Target],
              files: Mapping[str, tuple[SourceFile, ...]], last: LastRun, *,
              learned: bool) -> Costs | None:
    """The project's list of seconds, or None; `learned` first rewrites it from the last build.

    Raises UserError if nothing was built yet.
    """
    known = costs_file.read(root)
    if not learned:
        return known
    measured = learn.costs(members, files, last.durations, remembered(build, Layout()))
    if not measured.learned:
        raise UserError(f"--learn-costs: nothing was built in {build} yet; run ninja first")
    listed = costs_file.listed(measured, known)
    written.write_if_changed(root / costs_file.FILE_NAME, costs_file.text(listed), root)
    return listed


def remember(build: Path, layout: Layout, decisions: Sequence[Decision]) -> None:
    """Record the decisions in the build directory, for `ltogen explain`."""
    path = build / layout.decisions
    if decisions or path.exists():
        text = msgspec.json.format(msgspec.json.encode(decisions), indent=1).decode()
        written.write_if_changed(path, text + "\n", path.parent)


def remembered(build: Path, layout: Layout) -> tuple[Decision, ...]:
    """The decisions of the last `configure`; empty without a record.

    Raises UserError for a record that cannot be read.
    """
    path = build / layout.decisions
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Decision, ...])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError, msgspec.DecodeError) as error:
        raise UserError(f"{path}: {error}; run ltogen configure again") from None
