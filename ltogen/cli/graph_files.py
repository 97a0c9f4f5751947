"""The files of a configured build directory that one run leaves to the next."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ltogen import ninja_binary
from ltogen.read import ninja_log
from ltogen.toolchain import Toolchain
from ltogen.write import files

LOG = ".ninja_log"
RECORD = "toolchain.json"


def read_log(folder: Path, named_ninja: str | None) -> ninja_log.BuildLog | None:
    """The log of the graph whose log is in `folder`; None if it is of no use, with a warning."""
    path = folder / LOG
    try:
        log = ninja_log.read(path)
    except ninja_log.LogError as error:
        warn(f"{path}: {error}; ordering by size instead")
        return None
    if log is not None:
        pinned = ninja_binary.pinned(named_ninja)
        if not pinned.keeps(log.version):
            warn(f"{path} was written by another Ninja than {pinned.path}, which would build "
                 "everything again; keep to one, and name it with --ninja")
    return log


def earlier(manifest: Path) -> str:
    """The text of a manifest that is there from last time, or nothing."""
    try:
        return manifest.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def write(build: Path, aside: Path, toolchain: Toolchain, texts: Mapping[str, str],
          manifest: str) -> None:
    """Replace the record of the toolchain and each of `texts` that changed, `manifest` last."""
    files.make_folder(aside)
    known = msgspec.json.format(msgspec.json.encode(toolchain), indent=1).decode() + "\n"
    written = [files.write_if_changed(aside / RECORD, known, aside)]
    for name in sorted(texts, key=lambda name: name == manifest):
        written.append(files.write_if_changed(build / name, texts[name], aside))
    if any(written):
        # The manifest must be newer than the record of the toolchain, and than the folder that was
        # written to, which may be one that is searched for sources.
        files.touch(build / manifest)


def warn(message: str) -> None:
    """Tell the user what does not stop the command."""
    print(f"ltogen: warning: {message}", file=sys.stderr)
