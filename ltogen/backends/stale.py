"""Removes the outputs of an earlier plan that the present plan does not make."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from ltogen.base.errors import UserError
from ltogen.model.plan import Plan


def remove(build: Path, out: str, plan: Plan, known: Iterable[str]) -> None:
    """Delete the `known` outputs in `out` that `plan` does not make, and empty folders.

    Ninja's own `-t cleandead` would do it, but a Ninja of another version drops the whole log.
    """
    made = {path for action in plan.actions for path in action.made}
    for output in known:
        if output.startswith(f"{out}/") and output not in made:
            _unlink(build / output)
            _remove_empty(build / out, (build / output).parent)


def remove_temps(folder: Path, kept: str | None) -> None:
    """Delete the intermediate files of steps, unless they are to be kept."""
    if kept is None and folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        pass  # a folder on the way is gone, and a file has its name
    except OSError as error:
        raise UserError(f"{path}: cannot remove this old output: {error.strerror}") from None


def _remove_empty(top: Path, folder: Path) -> None:
    while folder != top:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
