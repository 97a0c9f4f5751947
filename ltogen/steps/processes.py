"""Running one program to its end, without what `subprocess` takes to load."""

from __future__ import annotations

import os

from ltogen.steps import files


def run(command: list[str], log: str) -> tuple[int, bytes, bytes]:
    """Status, standard output and standard error of `command`.

    Both streams go through files named after `log`: no pipe can fill up. The status is 128 and the
    signal for a program that was killed.
    """
    streams = (log + ".out", log + ".err")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [(os.POSIX_SPAWN_OPEN, number, path, flags, 0o666)
               for number, path in enumerate(streams, 1)]
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    out, err = (files.read(path) or b"" for path in streams)
    return (code if code >= 0 else 128 - code), out, err
