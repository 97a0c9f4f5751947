"""Removes the outputs of an earlier plan that the present plan does not make."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from ltogen.base.errors import UserError
from ltogen.model.plan import Plan


def remove(build: Path, out: str, plan: Plan, known: Iterable[str]) -> None:
    """Delete the `known` outputs in `out` that `plan` does not make, and empty folders.

    Ninja's own `-t cleandead` would do it, but a Ninja of another version drops the whole log.
    What is known comes from files that anybody may have written: only what is a name below `out`
    goes, by way of folders that are really there.
    """
    top = build / out
    if not _is_own(top):
        return
    made = {path for action in plan.actions for path in action.made}
    for output in known:
        if (output.startswith(f"{out}/") and output not in made
                and is_inside(top, output.removeprefix(f"{out}/"))):
            _unlink(build / output)
            _remove_empty(top, (build / output).parent)


def _is_own(folder: Path) -> bool:
    """Whether `folder` is a real one, of this user."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def is_inside(top: Path, path: str) -> bool:
    """Whether `path` is spelled as a file below `top`, and no folder on the way there is a link."""
    *folders, name = path.split("/")
    if "\0" in path or not {"", ".", ".."}.isdisjoint((*folders, name)):
        return False
    return not any(top.joinpath(*folders[:depth]).is_symlink()
                   for depth in range(1, len(folders) + 1))


def remove_temps(folder: Path, kept: str | None) -> None:
    """Delete the intermediate files of steps, unless they are to be kept."""
    if kept is None and _is_own(folder.parent) and _is_own(folder):
        shutil.rmtree(folder, ignore_errors=True)


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except (NotADirectoryError, IsADirectoryError):
        pass  # a folder on the way is gone, and a file has its name; or the other way round
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return  # no file's name
        raise UserError(f"{path}: cannot remove this old output: {error.strerror}") from None


def _remove_empty(top: Path, folder: Path) -> None:
    while folder != top:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
