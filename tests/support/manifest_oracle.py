"""Whether a manifest is read here as the real Ninja reads it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from ltogen.base.errors import UserError
from ltogen.ninja.manifest import Edge, Manifest, read
from tests.support.workspace import NINJA

Files = dict[str, str | bytes]


def write(folder: Path, files: Files) -> None:
    """Write files as they are: no line break is translated."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def agree(folder: Path, files: Files) -> Manifest | None:
    """Read `build.ninja` among these files as Ninja does; None if both refuse it."""
    write(folder, files)
    listed = _ninja(folder, "targets", "all")
    if listed is None:
        refusal(folder)
        return None
    manifest = read(folder)
    made = [(path, edge) for edge in manifest.edges
            for path in (*edge.outputs, *edge.implicit_outputs)]
    assert listed == "".join(f"{path}: {edge.rule}\n" for path, edge in made)
    assert manifest.makes == dict(made)
    _same_commands(folder, manifest)
    _same_inputs(folder, manifest)
    _same_goals(folder, manifest)
    return manifest


def refusal(folder: Path) -> str:
    """The message with which `build.ninja` is refused."""
    try:
        read(folder)
    except UserError as error:
        message = str(error)
        assert "\n" not in message and "; " in message and message.startswith(str(folder))
        return message
    raise AssertionError(f"Ninja refuses this, and ltogen does not:\n{_show(folder)}")


def _show(folder: Path) -> str:
    return "\n".join(f"{path.name}: {path.read_bytes()!r}" for path in folder.iterdir()
                     if path.is_file())


def _ninja(folder: Path, *tool: str) -> str | None:
    done = subprocess.run([NINJA, "-t", *tool], cwd=folder, capture_output=True, timeout=60,
                          check=False)
    assert done.returncode == 0 or done.stderr or done.returncode < 0
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None


def _same_commands(folder: Path, manifest: Manifest) -> None:
    mine = _compilations(folder, manifest, _command)
    text = _ninja(folder, "compdb")
    assert mine == (None if text is None else json.loads(text, strict=False))
    if "rspfile" not in str([one.text for one in manifest.files]):
        return
    mine = _compilations(folder, manifest, _expanded)
    text = _ninja(folder, "compdb", "-x")
    # Ninja falls over a response file that begins at the third or fourteenth character.
    assert text is None or mine == json.loads(text, strict=False)


def _compilations(folder: Path, manifest: Manifest,
                  command: Callable[[Edge], str]) -> list[dict[str, str]] | None:
    try:
        return [_compilation(folder, edge, command(edge)) for edge in manifest.edges
                if edge.inputs + edge.implicit + edge.order_only]
    except UserError:
        return None  # a variable that never ends, at which Ninja stops, too


def _compilation(folder: Path, edge: Edge, command: str) -> dict[str, str]:
    return {"directory": str(folder.resolve()), "command": command,
            "file": (edge.inputs + edge.implicit + edge.order_only)[0],
            "output": (edge.outputs + edge.implicit_outputs)[0]}


def _command(edge: Edge) -> str:
    return edge.get("command")


def _expanded(edge: Edge) -> str:
    """The command with the content of its response file, as `compdb -x` puts it there."""
    command, rspfile = edge.get("command"), edge.unescaped("rspfile")
    before, found, after = command.partition(rspfile) if rspfile else (command, "", "")
    if not found or not before:
        return command
    for start in ("@", "--option-file=", "-f "):
        # Ninja looks for the first `-f ` of the whole command, and replaces only that one.
        if before.endswith(start) and (start == "@" or before.find(start) + len(start)
                                       == len(before)):
            content = edge.get("rspfile_content").replace("\n", " ")
            return before.removesuffix(start) + content + after
    return command


def _same_inputs(folder: Path, manifest: Manifest) -> None:
    # Ninja takes a `^` at the end of a name on its command line for something else.
    asked = [path for path in manifest.makes if not path.endswith("^")]
    if not asked:
        return
    text = _ninja(folder, "query", *asked)
    assert text is not None
    text, position = "\n" + text, 0
    for path in asked:
        block = _block(path, manifest.makes[path])
        assert block in text[position:], f"{block!r} is not in {text!r}"
        position = text.index(block, position) + 1


def _block(path: str, edge: Edge) -> str:
    lines = [f"\n{path}:", f"  input: {edge.rule}",
             *(f"    {name}" for name in edge.inputs), *(f"    | {name}" for name in edge.implicit),
             *(f"    || {name}" for name in edge.order_only)]
    if edge.validations:
        lines += ["  validations:", *(f"    {name}" for name in edge.validations)]
    return "\n".join([*lines, "  outputs:\n"])


def _same_goals(folder: Path, manifest: Manifest) -> None:
    try:
        roots: tuple[str, ...] | None = manifest.roots()
    except UserError:
        roots = None
    text = _ninja(folder, "targets", "depth", "1")
    assert text == (None if roots is None else "".join(
        f"{path}: {manifest.makes[path].rule}\n" for path in roots))
    text = _ninja(folder, "multi-inputs", "-d", "\1") if manifest.defaults else None
    if text is not None:
        # Ninja lists those with an input.
        listed = dict.fromkeys(line.split("\1")[0] for line in text.split("\n")[:-1])
        assert list(listed) == [path for path in dict.fromkeys(manifest.defaults)
                                if path in listed]
