"""The options that name a configured directory."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from ltogen.base.errors import UserError
from ltogen.model.layout import OUT, TAKEN_OVER, Layout

_BESIDE = "ltogen.ninja"  # the manifest of a build that was there before
_MANIFESTS = (_BESIDE, "build.ninja")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add them to a command."""
    parser.add_argument("-C", dest="folder", metavar="DIR", default=".",
                        help="the configured directory")
    parser.add_argument("-f", dest="manifest", metavar="FILE",
                        help=f"the manifest; by default {_MANIFESTS[0]} or {_MANIFESTS[1]}")


def manifest(options: argparse.Namespace) -> str:
    """The manifest's name in the directory. Raises UserError if there is none."""
    if options.manifest:
        return str(options.manifest)
    for name in _MANIFESTS:
        if (Path(options.folder) / name).exists():
            return name
    raise UserError(f"{options.folder}: no {_BESIDE} and no {_MANIFESTS[1]}; run ltogen "
                    "configure there first")


def counted(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def next_command(options: argparse.Namespace, folder: str | None, name: str) -> str:
    """What to type after `configure` wrote the manifest `name` into a folder."""
    place = [] if folder in (None, "", ".") else ["-C", str(folder)]
    return shlex.join([options.ninja or "ninja", *place,
                       *(["-f", name] if name != _MANIFESTS[1] else [])])


def folders(name: str) -> Layout:
    """The folders of the graph of the manifest `name`."""
    return Layout(TAKEN_OVER if name == _BESIDE else OUT)
