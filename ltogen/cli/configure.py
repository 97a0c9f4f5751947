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
from ltogen.errors import UsageError
from ltogen.lower import order
from ltogen.lower.plan import plan as make_plan
from ltogen.model import Plan
from ltogen.read import project, sources
from ltogen.site import Site
from ltogen.toolchain import Toolchain, choose
from ltogen.write import compdb, ninja, stale

_DESCRIPTION = """\
Read DIR/ltogen.toml and write build.ninja, ready for `ninja`. The manifest calls this command again
by itself when the project file, the toolchain or a folder with sources changes.

With --from, take over a build that CMake, Meson or another generator made for Ninja and clang: read
BUILD/build.ninja and write BUILD/ltogen.ninja beside it, which builds the same products with
ThinLTO. BUILD stays as it is, and `ninja -f ltogen.ninja` follows its changes by itself.
"""

_EPILOG = """\
examples:
  ltogen configure && ninja
  ltogen configure --from build && ninja -C build -f ltogen.ninja
  ltogen configure --from build bin/server libcore.so
  ltogen configure --from compile_commands.json --link-command 'clang -o app a.o b.o -lm'
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "configure", help="write a manifest from ltogen.toml, or for an existing build",
        description=_DESCRIPTION, epilog=_EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [options] [DIR]\n       %(prog)s [options] --from BUILD [TARGET ...]")
    parser.add_argument("words", metavar="DIR | TARGET", nargs="*",
                        help="folder of the project file (default: the current one); with --from, "
                        "products to link with ThinLTO, or aliases for them (default: all)")
    parser.add_argument("-B", dest="build", metavar="BUILD",
                        help="folder to build in (default: the current one)")
    parser.add_argument("--from", dest="existing", metavar="BUILD",
                        help="folder with a build.ninja, or a compile_commands.json")
    parser.add_argument("--link-command", metavar="COMMAND", action="append", default=[],
                        help="a link of what compile_commands.json compiles; may be repeated")
    parser.add_argument("--ninja", metavar="NINJA",
                        help="the Ninja this build directory is kept to (default: PyPI's)")
    toolchain_options.add_to(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Configure one build directory."""
    if options.existing is not None:
        from ltogen.cli import existing

        return existing.run(options)
    if options.link_command:
        raise UsageError("--link-command goes with --from compile_commands.json")
    if len(options.words) > 1:
        raise UsageError(f"one DIR, and no '{options.words[1]}'; TARGETs go with --from BUILD")
    return _run_project(options, Path(options.words[0] if options.words else "."))


def _run_project(options: argparse.Namespace, directory: Path) -> int:
    described = project.load(directory)
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
