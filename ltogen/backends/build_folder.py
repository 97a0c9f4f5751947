"""The files of a configured build directory that one run leaves to the next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from ltogen.backends import files, ninja
from ltogen.base.errors import warn
from ltogen.lower import order
from ltogen.model.layout import Layout
from ltogen.model.plan import Plan
from ltogen.ninja import binary as ninja_binary
from ltogen.ninja import log as ninja_log
from ltogen.toolchain import Toolchain


class LastRun(Struct, frozen=True):
    """What the last run wrote, and what Ninja measured since."""

    text: str  # of the manifest
    made: list[list[str]]  # outputs of its edges, in their order
    seconds: Mapping[str, float]  # by output

    @property
    def outputs(self) -> set[str]:
        """All that was ever made.

        Not the log's alone: samurai empties it for a moment while it makes the manifest again.
        """
        return {*self.seconds, *(path for edge in self.made for path in edge)}

    @property
    def durations(self) -> dict[str, float]:
        """Seconds of each edge that the manifest has, by its first output."""
        return {edge[0]: self.seconds[edge[0]] for edge in self.made if edge[0] in self.seconds}

    def ordered(self, plan: Plan) -> Plan:
        """The plan with its actions in the best order known."""
        places = {edge[0]: place for place, edge in enumerate(self.made)}
        return msgspec.structs.replace(
            plan, actions=order.best(plan.actions, self.seconds, places))


def last_run(manifest: Path, log_folder: Path, named_ninja: str | None) -> LastRun:
    """What `manifest` and the log in `log_folder` say of the last run, if there was one."""
    known = _read_log(log_folder / ninja_log.FILE_NAME, named_ninja)
    text = _earlier(manifest)
    return LastRun(text, ninja.outputs(text), known.seconds if known else {})


def _read_log(path: Path, named_ninja: str | None) -> ninja_log.BuildLog | None:
    """The log of a graph; None if it is of no use, with a warning."""
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


def _earlier(manifest: Path) -> str:
    """The text of a manifest that is there from last time, or nothing."""
    try:
        return manifest.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def remember(build: Path, layout: Layout, toolchain: Toolchain) -> bool:
    """Write the record of the toolchain; whether it is another than before."""
    aside = build / layout.out
    files.make_folder(aside)
    known = msgspec.json.format(msgspec.json.encode(toolchain), indent=1).decode() + "\n"
    return files.write_if_changed(build / layout.toolchain, known, aside)


def write(build: Path, layout: Layout, toolchain: Toolchain, texts: Mapping[str, str],
          manifest: str) -> None:
    """Replace the record of the toolchain and each of `texts` that changed, `manifest` last."""
    aside = build / layout.out
    written = [remember(build, layout, toolchain)]
    for name in sorted(texts, key=lambda name: name == manifest):
        written.append(files.write_if_changed(build / name, texts[name], aside))
    if any(written):
        # The manifest must be newer than the record of the toolchain, and than the folder that was
        # written to, which may be one that is searched for sources.
        files.touch(build / manifest)
