"""`ltogen configure`: the project file becomes a manifest."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

import ltogen
from ltogen import layout, ninja_binary, quoting
from ltogen.cli import toolchain_options
from ltogen.lower import order
from ltogen.lower.plan import plan as make_plan
from ltogen.model import Plan
from ltogen.read import ninja_log, project, sources
from ltogen.site import Site
from ltogen.toolchain import Toolchain, choose
from ltogen.write import compdb, files, ninja, stale

_LOG = ".ninja_log"

_DESCRIPTION = """\
Read DIR/ltogen.toml and write build.ninja, ready for `ninja`. The manifest calls this command again
by itself when the project file, the toolchain or a folder with sources changes.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "configure", help="write build.ninja from ltogen.toml", description=_DESCRIPTION,
        allow_abbrev=False)
    parser.add_argument("directory", metavar="DIR", nargs="?", default=".",
                        help="folder of the project file (default: the current one)")
    parser.add_argument("-B", dest="build", metavar="BUILD", default=".",
                        help="folder to build in (default: the current one)")
    parser.add_argument("--ninja", metavar="NINJA",
                        help="the Ninja this build directory is kept to (default: PyPI's)")
    toolchain_options.add_to(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Configure one build directory."""
    described = project.load(Path(options.directory))
    build = Path(options.build)
    request = toolchain_options.request(options, described.toolchain)
    toolchain = choose(request, build / layout.Layout().toolchain)
    found = {target.name: sources.find(described.root, target.sources,
                                       f"{described.root / project.FILE_NAME}: "
                                       f"[targets.{target.name}]", toolchain.major)
             for target in described.targets}
    root = _seen_from(build, described.root)
    plan = make_plan(described.targets, {name: one.files for name, one in found.items()}, root,
                     Site(toolchain))
    log = _read_log(build, options.ninja)
    measured = log.seconds if log else {}
    earlier = _earlier_manifest(build)
    made = ninja.outputs(earlier)
    text = _manifest(plan, measured, made,
                     _regeneration(options, root, toolchain, found.values()))
    _write(build, toolchain, plan, text)
    if text != earlier:
        # Not the log alone: samurai empties it for a moment while it makes the manifest again.
        stale.remove(build, plan, {*measured, *(path for edge in made for path in edge)})
    return 0


def _manifest(plan: Plan, measured: Mapping[str, float], made: Sequence[Sequence[str]],
              regeneration: ninja.Regeneration) -> str:
    """The manifest in the best order known, or in the order it has if that is as good."""
    costs = order.seconds_of(plan.actions, measured)
    written = {edge[0]: place for place, edge in enumerate(made)}
    ordered = (order.as_written(plan.actions, written)
               if order.still_good(plan.actions, costs, written)
               else order.costliest_first(plan.actions, costs))
    return ninja.manifest(msgspec.structs.replace(plan, actions=ordered), regeneration)


def _earlier_manifest(build: Path) -> str:
    try:
        return (build / ninja.MANIFEST).read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def _read_log(build: Path, named_ninja: str | None) -> ninja_log.BuildLog | None:
    path = build / layout.OUT / _LOG
    try:
        log = ninja_log.read(path)
    except ninja_log.LogError as error:
        _warn(f"{path}: {error}; ordering by size instead")
        return None
    if log is not None:
        pinned = ninja_binary.pinned(named_ninja)
        if not pinned.keeps(log.version):
            _warn(f"{path} was written by another Ninja than {pinned.path}, which would build "
                  "everything again; keep to one, and name it with --ninja")
    return log


def _warn(message: str) -> None:
    print(f"ltogen: warning: {message}", file=sys.stderr)


def _regeneration(options: argparse.Namespace, root: str, toolchain: Toolchain,
                  found: Iterable[sources.Sources]) -> ninja.Regeneration:
    command = [sys.executable, "-P", "-m", "ltogen", "configure", root,
               *toolchain_options.words(options),
               *(("--ninja", options.ninja) if options.ninja else ())]
    # The record of the toolchain is no edge's output: who deletes `out` gets it back by this.
    inputs = [os.path.normpath(f"{root}/{project.FILE_NAME}"), *toolchain.inputs,
              layout.Layout().toolchain, ltogen.__file__]
    for one in found:
        inputs += [os.path.normpath(f"{root}/{path}") for path in (*one.folders, *one.prebuilt)]
    return ninja.Regeneration(quoting.shell(command), tuple(dict.fromkeys(inputs)))


def _seen_from(build: Path, root: Path) -> str:
    """The project as the build directory sees it; absolute if there is no short way."""
    relative = os.path.relpath(root.resolve(), build.resolve())
    return quoting.check_path(relative, "project folder")


def _write(build: Path, toolchain: Toolchain, plan: Plan, text: str) -> None:
    aside = build / layout.OUT
    files.make_folder(aside)
    known = msgspec.json.format(msgspec.json.encode(toolchain), indent=1).decode() + "\n"
    written = [files.write_if_changed(build / layout.Layout().toolchain, known, aside)]
    database = compdb.compilation_database(plan.compilations, str(build.resolve()))
    written += [files.write_if_changed(build / compdb.FILE_NAME, database, aside),
                files.write_if_changed(build / ninja.MANIFEST, text, aside)]
    if any(written):
        # The manifest must be newer than the record of the toolchain, and than the folder that was
        # written to, which may be one that is searched for sources.
        files.touch(build / ninja.MANIFEST)
