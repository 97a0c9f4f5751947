"""The files of a build directory that one run of `configure` leaves for the next."""

from __future__ import annotations

import os
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
from ltogen.steps import start
from ltogen.toolchain import Toolchain

# How each manifest of ltogen's begins.
_OWN = ("# Written by ltogen", "# Written by `ltogen ", "# Written by `ld.ltogen`")


class LastRun(Struct, frozen=True):
    """What the last run wrote, and the durations that Ninja has logged since."""

    text: str  # of the manifest
    made: list[list[str]]  # outputs of its edges, in their order
    seconds: Mapping[str, float]  # by output

    @property
    def outputs(self) -> set[str]:
        """Every output that an earlier run made: of the manifest and of the log.

        The log is not enough: samurai empties it for a moment while it regenerates the manifest.
        And it says nothing where the manifest is not ltogen's, or garbled: it may be another's.
        """
        if not self.text.startswith(_OWN):
            return set()
        return {*self.seconds, *(path for edge in self.made for path in edge)}

    @property
    def durations(self) -> dict[str, float]:
        """Seconds of each edge of the manifest, by its first output."""
        return {edge[0]: self.seconds[edge[0]] for edge in self.made if edge[0] in self.seconds}

    def ordered(self, plan: Plan) -> Plan:
        """The plan with its actions in the best order known."""
        places = {edge[0]: place for place, edge in enumerate(self.made)}
        return msgspec.structs.replace(
            plan, actions=order.best(plan.actions, self.seconds, places))


def last_run(manifest: Path, log_folder: Path, named_ninja: str | None) -> LastRun:
    """The last run, read from `manifest` and from the log in `log_folder`."""
    known = _read_log(log_folder / ninja_log.FILE_NAME, named_ninja)
    text = _earlier(manifest)
    return LastRun(text, ninja.outputs(text), known.seconds if known else {})


def _read_log(path: Path, named_ninja: str | None) -> ninja_log.BuildLog | None:
    """The log of a graph; None, with a warning, if it cannot be used."""
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
    """The text of the manifest of the last run; empty if there is none."""
    try:
        return manifest.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def remember(build: Path, layout: Layout, toolchain: Toolchain) -> bool:
    """Write the record of the toolchain; whether it changed."""
    aside = build / layout.out
    files.make_folder(aside)
    known = msgspec.json.format(msgspec.json.encode(toolchain), indent=1).decode() + "\n"
    return files.write_if_changed(build / layout.toolchain, known, aside)


class Reads(Struct, frozen=True):
    """What a manifest is made from: files and folders, and the time when they began to be read."""

    inputs: tuple[str, ...]
    began: int  # in nanoseconds, as `steps.start.now` has it

    def edited(self, build: Path, layout: Layout) -> bool:
        """Whether one of them is another since, but for what `write` itself writes."""
        own = {os.path.realpath(build / path) for path in ("", layout.out, layout.toolchain)}
        paths = [build / path for path in self.inputs]
        # (One that is gone makes Ninja ask again in any case.)
        return start.any_edited((str(path) for path in paths if path.exists()
                                 and os.path.realpath(path) not in own), self.began)


def write(build: Path, layout: Layout, toolchain: Toolchain, texts: Mapping[str, str],
          manifest: str, reads: Reads | None = None) -> None:
    """Replace the record of the toolchain and each of `texts` that changed, `manifest` last.

    A manifest is as old as the start of what made it, if one of `reads` was edited since: Ninja
    then makes it again.
    """
    aside = build / layout.out
    written = [remember(build, layout, toolchain)]
    for name in sorted(texts, key=lambda name: name == manifest):
        written.append(files.write_if_changed(build / name, texts[name], aside))
    if any(written):
        # The manifest must be newer than the record of the toolchain, and than the folder that was
        # written to, which may be one that is searched for sources.
        files.touch(build / manifest)
    if reads is not None and reads.edited(build, layout):
        os.utime(build / manifest, ns=(reads.began, reads.began))
