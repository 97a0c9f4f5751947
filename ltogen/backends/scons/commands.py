"""What SCons runs for a plan's actions."""

from __future__ import annotations

import functools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from SCons.Action import Action as SconsAction

from ltogen.base import files
from ltogen.model.plan import Action

_VARIABLE = re.compile(r"\$(\$|[A-Za-z_]\w*|[ :])")


def variables(action: Action, **more: str) -> dict[str, str]:
    """What a node's action rests on, for the environment of its command.

    SCons expands `$` in it for its signature.
    """
    rule = action.rule
    given = {
        "LTOGEN_COMMAND": expanded(rule.command, action),
        "LTOGEN_SAYS": named(rule.description, action),
        "LTOGEN_RESPONSE": named(rule.rspfile, action),
        "LTOGEN_RESPONSE_TEXT": expanded(rule.rspfile_content, action),
        "LTOGEN_PACKED": "",
        "LTOGEN_PICKED": "",
        "LTOGEN_KEY": "",
        **more,
    }
    return {name: text.replace("$", "$$") for name, text in given.items()}


def expanded(template: str, action: Action) -> str:
    """A rule's text, as the shell will read it, with the variables of Ninja that it has."""
    return _expanded(template, action, shlex.join)


def named(template: str, action: Action) -> str:
    """The same for text that no shell reads: the name of a file, or what is said."""
    return _expanded(template, action, " ".join)


def _expanded(template: str, action: Action, join: Callable[[Iterable[str]], str]) -> str:
    values = {"in": join(action.inputs), "out": join(action.outputs)}
    for name, value in action.variables:
        values[name] = value.replace("$$", "$")

    def value_of(match: re.Match[str]) -> str:
        return match[1] if match[1] in "$ :" else values[match[1]]

    return _VARIABLE.sub(value_of, template)


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
    """Write what the command reads, run it, and put its outputs together if they are many."""
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
    """One file out of a pack."""
    return 0 if _pick(str(source[0]), str(target[0])) else 1


def _pick(pack: str, path: str) -> bool:
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
