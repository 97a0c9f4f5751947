"""A plan's actions as SCons nodes: SCons schedules, and its content signatures cut off early.

Each action becomes a command node. One with many outputs, such as a thin link, has a single file
for all of them instead, and a node takes each output out of it: SCons looks at every source of
every target, which would be the square of their number.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import subprocess
import sys
from typing import Any

import msgspec
from SCons.Action import Action as SconsAction
from SCons.Scanner import ScannerBase as Scanner

from ltogen.model import Action
from ltogen.steps import files, responses

_FEW = 3  # outputs
_VARIABLE = re.compile(r"\$(\$|[A-Za-z_]\w*|[ :])")


class Nodes:
    """The nodes of one SCons run; a path has one node, whoever asks for it."""

    def __init__(self, env: Any) -> None:
        self._env = env
        self._packed: dict[str, Any] = {}  # what is in which pack
        self._made: set[tuple[str, ...]] = set()

    def file(self, path: str) -> Any:
        """The node of a file, by its path from the top folder."""
        node = self.raw(path)
        pack = self._packed.pop(path, None)
        if pack is not None:
            self._env.Command(node, pack, _TAKE_OUT)
            self._keep(node)
        return node

    def raw(self, path: str) -> Any:
        """The same, without what would make it."""
        return self._env.fs.File(path if os.path.isabs(path) else f"#{path}")

    def add(self, action: Action) -> None:
        """Make nodes of an action, unless that was done before."""
        outputs = (*action.outputs, *action.implicit_outputs)
        if outputs in self._made:
            return
        self._made.add(outputs)
        packed = len(outputs) > _FEW
        targets = [f"{outputs[0]}.pack"] if packed else list(outputs)
        nodes = [self.raw(path) for path in targets]
        self._env.Command(
            nodes, [self.file(path) for path in (*action.inputs, *action.implicit)], _RUN,
            source_scanner=_scanner(action), **_variables(action, outputs if packed else ()))
        self._keep(*nodes)
        if action.order_only:
            self._env.Requires(nodes, [self.file(path) for path in action.order_only])
        if action.rule.depfile:
            self._env.Clean(nodes, self.raw(_expanded(action.rule.depfile, action)))
        if action.rule.rspfile:
            self._env.Clean(nodes, self.raw(_expanded(action.rule.rspfile, action)))
        if packed:
            self._packed.update(dict.fromkeys(outputs, nodes[0]))
            self._env.Clean(nodes, [self.raw(path) for path in outputs])

    def _keep(self, *nodes: Any) -> None:
        # The commands replace what changes; SCons would delete it before.
        self._env.Precious(*nodes)


def _scanner(action: Action) -> Any:
    """What reads the linker lines among an action's inputs; SCons would ask it of every input."""
    return _LINKER_LINES if any(map(_is_line, action.implicit)) else None


def _is_line(path: str) -> bool:
    return path.endswith((".before", ".after"))


def _variables(action: Action, packed: tuple[str, ...]) -> dict[str, str]:
    """What the node's action rests on; SCons expands `$` in it for its signature."""
    rule = action.rule
    given = {
        "LTOGEN_COMMAND": _expanded(rule.command, action),
        "LTOGEN_SAYS": _expanded(rule.description, action),
        "LTOGEN_RESPONSE": _expanded(rule.rspfile, action),
        "LTOGEN_RESPONSE_TEXT": _expanded(rule.rspfile_content, action),
        "LTOGEN_PACKED": "\n".join(packed),
    }
    return {name: text.replace("$", "$$") for name, text in given.items()}


def _expanded(template: str, action: Action) -> str:
    """A rule's text with the variables of Ninja that it has."""
    values = {"in": shlex.join(action.inputs), "out": shlex.join(action.outputs)}
    for name, value in action.variables:
        values[name] = value.replace("$$", "$")

    def value_of(match: re.Match[str]) -> str:
        return match[1] if match[1] in "$ :" else values[match[1]]

    return _VARIABLE.sub(value_of, template)


def _given(env: Any, name: str) -> str:
    text: str = env[name]
    return text.replace("$$", "$")


def _run(target: list[Any], source: list[Any], env: Any) -> int:
    """Write the response file, run the command, and put its outputs together if they are many."""
    response = _given(env, "LTOGEN_RESPONSE")
    if response:
        os.makedirs(os.path.dirname(response) or ".", exist_ok=True)
        files.write_if_changed(response, os.fsencode(_given(env, "LTOGEN_RESPONSE_TEXT")))
    packed = _given(env, "LTOGEN_PACKED").splitlines()
    for path in packed:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    environment = {name: str(value) for name, value in env["ENV"].items()}
    done = subprocess.run(["/bin/sh", "-c", _given(env, "LTOGEN_COMMAND")], env=environment,
                          check=False, capture_output=True)
    sys.stdout.flush()
    sys.stderr.write((done.stdout + done.stderr).decode(errors="replace"))
    if done.returncode == 0 and packed:
        contents = {path: files.read(path) for path in packed}
        files.write_if_changed(str(target[0]), msgspec.msgpack.encode(contents))
    return done.returncode


def _named_files(node: Any, env: Any, path: Any) -> list[Any]:
    """What a linker line names and the graph does not make: start files, and libraries.

    SCons asks again when the line was written.
    """
    if not _is_line(str(node)):
        return []
    words = responses.parse(files.read(str(node)) or b"")
    folders = [word[2:] for word in words if word.startswith("-L")]
    paths = [word for word in words if word[:1] == "/"]
    for word in words:
        if word.startswith("-l"):
            places = (f"{folder}/lib{word[2:]}{end}" for folder in folders for end in (".so", ".a"))
            paths += [next(filter(os.path.isfile, places), "")]
    return [env.fs.File(path) for path in dict.fromkeys(paths) if os.path.isfile(path)]


def _take_out(target: list[Any], source: list[Any], env: Any) -> int:
    """One file out of a pack."""
    pack, path = str(source[0]), str(target[0])
    data = _contents(pack, os.stat(pack).st_mtime_ns).get(path)
    if data is None:
        print(f"ltogen: {path}: not in {pack}; remove that, and build again", file=sys.stderr)
        return 1
    files.write_if_changed(path, data)
    return 0


@functools.lru_cache(maxsize=4)
def _contents(pack: str, changed: int) -> dict[str, bytes | None]:
    return msgspec.msgpack.decode(files.read(pack) or b"\x80", type=dict[str, bytes | None])


_RUN = SconsAction(_run, "$LTOGEN_SAYS", varlist=[
    "LTOGEN_COMMAND", "LTOGEN_RESPONSE", "LTOGEN_RESPONSE_TEXT", "LTOGEN_PACKED"])
_TAKE_OUT = SconsAction(_take_out, None)
_LINKER_LINES = Scanner(_named_files, "ltogen.LinkerLines", skeys=[".before", ".after"])
