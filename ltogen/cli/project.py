"""`ltogen configure`: the project file becomes a manifest."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

import ltogen
from ltogen import layout, quoting
from ltogen.cli import graph_files, toolchain_options
from ltogen.lower import order
from ltogen.lower.plan import plan as make_plan
from ltogen.model import Plan
from ltogen.read import project, sources
from ltogen.site import Site
from ltogen.toolchain import Toolchain, choose
from ltogen.write import compdb, ninja, stale


def run(options: argparse.Namespace) -> int:
    """Configure the build directory of a project."""
    described = project.load(Path(options.words[0] if options.words else "."))
    build = Path(options.build or ".")
    request = toolchain_options.request(options, described.toolchain)
    toolchain = choose(request, build / layout.Layout().toolchain)
    found = {target.name: sources.find(described.root, target.sources,
                                       f"{described.root / project.FILE_NAME}: "
                                       f"[targets.{target.name}]", toolchain.major)
             for target in described.targets}
    root = _seen_from(build, described.root)
    plan = make_plan(described.targets, {name: one.files for name, one in found.items()}, root,
                     Site(toolchain))
    log = graph_files.read_log(build / layout.OUT, options.ninja)
    measured = log.seconds if log else {}
    earlier = graph_files.earlier(build / ninja.MANIFEST)
    made = ninja.outputs(earlier)
    actions = order.best(plan.actions, measured, {edge[0]: at for at, edge in enumerate(made)})
    plan = msgspec.structs.replace(plan, actions=actions)
    text = ninja.manifest(plan, _regeneration(options, root, toolchain, found.values()))
    _write(build, toolchain, plan, text)
    if text != earlier:
        # Not the log alone: samurai empties it for a moment while it makes the manifest again.
        stale.remove(build, layout.OUT, plan,
                     {*measured, *(path for edge in made for path in edge)})
    return 0


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
    database = compdb.compilation_database(plan.compilations, str(build.resolve()))
    graph_files.write(build, build / layout.OUT, toolchain,
                      {compdb.FILE_NAME: database, ninja.MANIFEST: text}, ninja.MANIFEST)
