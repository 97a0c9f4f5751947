"""The functions that SCons runs for a plan's actions."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from typing import Any

import msgspec
from SCons.Action import Action as SconsAction

from ltogen.backends import shell
from ltogen.base import files
from ltogen.model.action import Action


def variables(action: Action, **more: str) -> dict[str, str]:
    """The variables that a node's action depends on, for the environment of its command.

    SCons expands `$` in them for the signature.
    """
    response = action.command.response
    given = {
        "LTOGEN_COMMAND": shell.line(action),
        "LTOGEN_SAYS": action.text(action.command.description),
        "LTOGEN_RESPONSE": action.text(response.path) if response else "",
        "LTOGEN_RESPONSE_TEXT": shell.content(response),
        "LTOGEN_PACKED": "",
        "LTOGEN_PICKED": "",
        "LTOGEN_KEY": "",
        **more,
    }
    return {name: text.replace("$", "$$") for name, text in given.items()}


@functools.lru_cache(maxsize=4)
def _contents(pack: str, changed: int) -> dict[str, bytes | None]:
    return msgspec.msgpack.decode(files.read(pack) or b"\x80", type=dict[str, bytes | None])


def contents(pack: str) -> dict[str, bytes | None]:
    """The files in a pack, by their paths; empty if there is no pack."""
    try:
        changed = os.stat(pack).st_mtime_ns
    except FileNotFoundError:
        return {}
    return _contents(pack, changed)


def _given(env: Any, name: str) -> str:
    text: str = env[name]
    return text.replace("$$", "$")


def _run(target: list[Any], source: list[Any], env: Any) -> int:
    """Write the response file, run the command, and pack its outputs if there are several."""
    response = _given(env, "LTOGEN_RESPONSE")
    if response:
        _write(response, os.fsencode(_given(env, "LTOGEN_RESPONSE_TEXT")))
    picked = _given(env, "LTOGEN_PICKED")
    if picked and not _pick(*picked.split("\n")):
        return 1
    packed = _given(env, "LTOGEN_PACKED").splitlines()
    for path in packed:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    environment = {name: str(value) for name, value in env["ENV"].items()}
    done = subprocess.run(["/bin/sh", "-c", _given(env, "LTOGEN_COMMAND")], env=environment,
                          check=False, capture_output=True)
    sys.stdout.flush()
    sys.stderr.write((done.stdout + done.stderr).decode(errors="replace"))
    if done.returncode == 0 and response:
        files.remove(response)  # (as Ninja does)
    if done.returncode == 0 and packed:
        _write(str(target[0]), msgspec.msgpack.encode({path: files.read(path) for path in packed}))
    return done.returncode


def _take_out(target: list[Any], source: list[Any], env: Any) -> int:
    """Take one file out of a pack."""
    return 0 if _pick(str(source[0]), str(target[0])) else 1


def _pick(pack: str, *paths: str) -> bool:
    for path in paths:
        data = contents(pack).get(path)
        if data is None:
            print(f"ltogen: {path}: not in {pack}; remove that, and build again", file=sys.stderr)
            return False
        _write(path, data)
    return True


def _write(path: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    files.write_if_changed(path, data)


RUN = SconsAction(_run, "$LTOGEN_SAYS", varlist=[
    "LTOGEN_COMMAND", "LTOGEN_RESPONSE", "LTOGEN_RESPONSE_TEXT", "LTOGEN_PACKED", "LTOGEN_KEY"])
TAKE_OUT = SconsAction(_take_out, None)
