"""`ltogen build`: Ninja under a pool of job tokens."""

from __future__ import annotations

import argparse
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ltogen.backends import ninja
from ltogen.base.errors import UserError, warn
from ltogen.base.processes import at_once
from ltogen.cli import built, parsers, pool_options
from ltogen.jobserver import makeflags
from ltogen.lower.remote import THERE
from ltogen.ninja import binary as ninja_binary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltogen.jobserver.peaks import Peaks

_DESCRIPTION = """\
Build a configured directory with Ninja under a jobserver. Nested links and builds share its tokens,
and --max-memory keeps the memory of all jobs below a size. Under make's jobserver, without -j and
--max-memory, the command takes part in that one; otherwise it makes one of its own.
"""

_RULE = re.compile(r"rule (?!configure$)", re.MULTILINE)
_THERE = re.compile(rf"^pool {THERE}\n  depth = (\d+)$", re.MULTILINE)


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = parsers.add(commands, "build", run,
                         "run Ninja with a pool of job tokens and a cap on memory", _DESCRIPTION)
    built.add_to(parser)
    parser.add_argument("--ninja", metavar="NINJA", help="another Ninja than PyPI's")
    pool_options.add_to(parser)
    parser.add_argument("--measure-memory", action="store_true",
                        help="record the peak memory of each job, for ltogen configure --memory; "
                             "--max-memory does so too")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="what to build")


def run(options: argparse.Namespace) -> int:
    """Build."""
    name = built.manifest(options)
    if _is_blank(Path(options.folder) / name):
        _explain(options.folder, name)
        return 1
    status = _run(options)
    if status:
        _explain(options.folder, name)
    return status


def _is_blank(path: Path) -> bool:
    """Whether there is nothing in a file before a NUL: for Ninja there is nothing to do then.

    A file system may leave that after a power cut.
    """
    try:
        with path.open("rb") as file:
            return file.read(1) in (b"", b"\0")
    except OSError:
        return False  # who reads it says what is wrong


def _explain(folder: str, name: str) -> None:
    """Say what to do where the manifest is none."""
    from ltogen.ninja import manifest as ninja_manifest

    try:
        garbled = not ninja_manifest.read(Path(folder), name).edges
    except UserError:
        garbled = True
    if garbled:
        again = "ltogen configure" if name == ninja.MANIFEST else "ltogen configure --from"
        warn(f"{Path(folder) / name}: damaged; {again} writes it again")


def _run(options: argparse.Namespace) -> int:
    from ltogen.jobserver import ninja as shares
    from ltogen.jobserver.serve import serve

    program = ninja_binary.pinned(options.ninja)
    manifest = built.manifest(options)
    command = [program.path, "-C", options.folder, "-f", manifest, *options.targets]
    peaks = _peaks(options, manifest) if options.measure_memory or options.cap else None
    jobs = (options.jobs or at_once()) + _elsewhere(Path(options.folder) / manifest)
    if options.jobs is None and peaks is None and makeflags.current() is not None:
        return shares.run(program, command, jobs)
    pool_options.warn_of_another(options, "without -j and --max-memory, ltogen build takes part "
                                          "in it")
    if program.joins_descriptors():
        return serve(command, jobs, options.cap, by_path=False, peaks=peaks)
    if options.cap is not None:
        raise UserError(f"--max-memory: {program.path} reads no jobserver from descriptors; PyPI's "
                        "ninja does")
    if program.joins_paths():
        return serve(command, jobs, None, by_path=True, peaks=peaks)
    # All jobs are its own: what it runs gets a pool without tokens.
    return serve([*command, "-j", str(jobs)], 1, None, peaks=peaks)


def _elsewhere(manifest: Path) -> int:
    """How many jobs other machines take besides, as `configure --remote` wrote it."""
    try:
        with manifest.open(encoding="utf-8", errors="surrogateescape") as lines:
            # (Pools come before the rules that have them.)
            head = "".join(itertools.takewhile(lambda line: not _RULE.match(line), lines))
    except OSError:
        return 0
    found = _THERE.search(head)
    return int(found[1]) if found else 0


def _peaks(options: argparse.Namespace, manifest: str) -> Peaks:
    """Watches the jobs of Ninja and records their peak memory in the build directory."""
    from ltogen.jobserver.peaks import Peaks
    from ltogen.report import peaks

    def end(seen: Mapping[str, int]) -> None:
        try:
            peaks.remember(Path(options.folder), manifest, seen)
        except UserError as error:  # what was built is as good
            warn(str(error))

    return Peaks(end)
