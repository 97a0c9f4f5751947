"""`ltogen configure`: a project file, or an existing build, becomes a manifest."""

from __future__ import annotations

import argparse

from ltogen.base.errors import UsageError
from ltogen.base.numbers import natural
from ltogen.cli import parsers, pool_options, toolchain_options
from ltogen.model.project import INCREMENTAL, MOST_PARTS

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
    parser = parsers.add(
        commands, "configure", run, "write a manifest from ltogen.toml, or for an existing build",
        _DESCRIPTION, _EPILOG,
        "%(prog)s [options] [DIR]\n       %(prog)s [options] --from BUILD [TARGET ...]")
    parser.add_argument("words", metavar="DIR | TARGET", nargs="*",
                        help="folder of the project file (default: the current one); with --from, "
                        "products to link with ThinLTO, or aliases for them (default: all)")
    parser.add_argument("-B", dest="build", metavar="BUILD",
                        help="folder to build in (default: the current one)")
    parser.add_argument("--from", dest="existing", metavar="BUILD",
                        help="folder with a build.ninja, or a compile_commands.json")
    parser.add_argument("--link-command", metavar="COMMAND", action="append", default=[],
                        help="a link of objects from compile_commands.json; may be repeated")
    parser.add_argument("--codegen-units", metavar="N|auto", type=_units, default=1,
                        help="with --from: into how many codegen units the largest source is cut, "
                             "and others in proportion, or \"auto\": no unit takes more than "
                             "a worker's share (default: 1)")
    parser.add_argument("--ninja", metavar="NINJA",
                        help="the Ninja that builds this directory (default: PyPI's)")
    parser.add_argument("--plan-jobs", metavar="N", type=_count, default=None,
                        help="number of workers for which \"auto\" cuts codegen units "
                             "(default: this machine's processors)")
    parser.add_argument("--memory", metavar="SIZE", type=pool_options.size,
                        help="keep the memory of all jobs below this: 8G, 512M, 50%%; peaks are "
                             "those of ltogen build --measure-memory, or estimates; for "
                             "`ninja -jN` give --plan-jobs N too")
    parser.add_argument("--learn-costs", action="store_true",
                        help="write the seconds of each source in the last build to "
                             "ltogen-costs.toml in DIR, for codegen-units = \"auto\"")
    parser.add_argument("--merges", metavar="N", type=_count, default=1,
                        help="fat and combined links that may merge their modules at once; each "
                        "takes the memory of its whole program (default: 1)")
    parser.add_argument("--again", action="store_true", help=argparse.SUPPRESS)  # says the manifest
    looking = parser.add_argument_group("looking inside")
    looking.add_argument("--save-temps", metavar="MODULE", nargs="?", const="",
                         help="keep the IR, resolution and remarks of each step below out/temps: "
                         "of one module, named by its source, or of all")
    looking.add_argument("--single-module", metavar="MODULE",
                         help="let `ninja` build only the native object of this module")
    incremental = parser.add_argument_group("rebuilding")
    incremental.add_argument("--incremental", choices=INCREMENTAL,
                             help="what makes the backend of an importer run again: another "
                             "function that it takes, or another module that it takes from "
                             "(default: function; with module, symbols are named as lld names "
                             "them)")
    incremental.add_argument("--cache", metavar="DIR|off",
                             help="where objects are kept for all builds (default: "
                             "$LTOGEN_CACHE_DIR, else ltogen in the user's cache folder)")
    remote = parser.add_argument_group("other machines")
    remote.add_argument("--remote", metavar="ADDRESS|FILE|off",
                        help="run backends on a Remote Execution server: grpcs://HOST:PORT, or a "
                        "TOML file with its settings (default: $LTOGEN_REMOTE, else here)")
    toolchain_options.add_to(parser)


def _units(text: str) -> int | None:
    count = None if text == "auto" else _count(text)
    if count is not None and count > MOST_PARTS:
        raise argparse.ArgumentTypeError(f"{text!r}: at most {MOST_PARTS}")
    return count


def _count(text: str) -> int:
    count = natural(text)
    if not count:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return count


def run(options: argparse.Namespace) -> int:
    """Configure one build directory."""
    if options.existing is not None:
        for name in ("learn_costs", "memory"):
            if getattr(options, name):
                raise UsageError(f"--{name.replace('_', '-')} goes with a project file, and not "
                                 "with --from")
        from ltogen.cli import existing

        return existing.run(options)
    if options.link_command:
        raise UsageError("--link-command goes with --from compile_commands.json")
    if options.codegen_units != 1:
        raise UsageError("--codegen-units goes with --from; for a project, ltogen.toml says it")
    if len(options.words) > 1:
        raise UsageError(f"one DIR, and no '{options.words[1]}'; TARGETs go with --from BUILD")
    from ltogen.cli import project

    return project.run(options)
