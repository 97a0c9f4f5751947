"""The peak memory of each edge of a build, recorded for the next `configure`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ltogen.backends import files
from ltogen.base.errors import UserError
from ltogen.ninja import manifest as ninja_manifest

FILE_NAME = "peaks.json"


def remember(folder: Path, name: str, seen: Mapping[str, int]) -> None:
    """Record the peaks of the commands of the manifest `folder/name`, in bytes, by first output.

    `seen` has peaks by the shell's command text, or by the words of a process with NULs between.
    Records of other commands stay.
    """
    manifest = ninja_manifest.read(folder, name)
    aside = folder / manifest.builddir
    known = read(aside)
    for edge in manifest.edges:
        if not edge.phony and edge.outputs:
            found = _seen(edge.get("command"), seen)
            if found:
                known[edge.outputs[0]] = found
    text = msgspec.json.format(msgspec.json.encode(dict(sorted(known.items()))), indent=1)
    files.write_if_changed(aside / FILE_NAME, text.decode() + "\n", aside)


def read(folder: Path) -> dict[str, int]:
    """The recorded peaks in bytes, from the folder of a build's logs; empty without a record."""
    path = folder / FILE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError, msgspec.DecodeError) as error:
        raise UserError(f"{path}: {error}; remove it, and measure again") from None


def _seen(command: str, seen: Mapping[str, int]) -> int:
    if command in seen:
        return seen[command]
    try:
        return seen.get("\0".join(shlex.split(command)), 0)
    except ValueError:
        return 0  # no command of ltogen's own
