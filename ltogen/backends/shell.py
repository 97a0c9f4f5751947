"""An action's command as a POSIX shell reads it."""

from __future__ import annotations

import shlex

from ltogen.model.action import Action


def line(action: Action) -> str:
    """The shell command of an action, with the action's own names."""
    command = action.command
    assignments = "".join(f"{name}={shlex.quote(value)} " for name, value in command.environment)
    return f"{command.before}{assignments}{shlex.join(action.argv())}{command.after}"
