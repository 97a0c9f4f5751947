"""An action's command as a POSIX shell reads it, and the file that is written for it."""

from __future__ import annotations

import shlex

from ltogen.base import response_files
from ltogen.model.action import Action, Arguments, ResponseFile


def line(action: Action) -> str:
    """The shell command of an action, with the action's own names."""
    command = action.command
    assignments = "".join(f"{name}={shlex.quote(value)} " for name, value in command.environment)
    return f"{command.before}{assignments}{shlex.join(action.argv())}{command.after}"


def content(file: ResponseFile | Arguments | None) -> str:
    """What a command's file has in it, on one line; empty if there is none."""
    if isinstance(file, Arguments):
        return f"set -- {shlex.join(file.words)}"
    if file and file.told:
        return response_files.one_line_of_both(file.told, file.words)
    return response_files.one_line(file.words) if file else ""
