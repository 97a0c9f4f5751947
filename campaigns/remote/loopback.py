"""`python -m campaigns.remote.loopback [COMMAND…]`: a command, with an engine for its builds.

LTOGEN_REMOTE is the engine's address for the command. Without one, a project is built twice, each
time as if it had never been built on this machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from campaigns.places import ROOT
from campaigns.remote.engines.casd import Casd
from campaigns.remote.engines.farm import Farm
from campaigns.remote.engines.service import Service
from campaigns.remote.engines.tools import find_tools, what_is_missing
from ltogen.toolchain.embedded import zig_path

_PROJECT = ROOT / "examples/remote/project"


def main(words: list[str]) -> int:
    """Run the command line; what the command ends with."""
    parser = argparse.ArgumentParser("python -m campaigns.remote.loopback", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--farm", action="store_true",
                        help="BuildGrid and its workers, in place of one buildbox-casd")
    parser.add_argument("--workers", type=int, default=2, metavar="N",
                        help="how many actions run at once; default: 2")
    parser.add_argument("--project", type=Path, default=_PROJECT, metavar="DIR",
                        help="what is built without a COMMAND; default: examples/remote/project")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    options = parser.parse_args(words)
    if missing := what_is_missing(farm=options.farm):
        print(missing, file=sys.stderr)
        return 2
    with _folder() as folder, _engine(folder, options) as engine:
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": programs, "LTOGEN_REMOTE": engine.access.url}
        if options.command:
            return _run(options.command, Path.cwd(), environment)
        return _build_twice(engine, options.project, folder, environment)


@contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder that goes with this process, also when that is killed."""
    folder = Path(tempfile.mkdtemp(prefix="ltogen-engine-"))
    keeper = Service(["sleep", "infinity"], folder, None, leaves=folder)
    try:
        yield folder
    finally:
        keeper.kill()


def _engine(folder: Path, options: argparse.Namespace) -> Casd | Farm:
    if options.farm:
        return Farm(find_tools(), folder / "farm", workers=options.workers, mounts=_toolchain())
    return Casd(find_tools(), folder / "casd", jobs=options.workers, mounts=_toolchain())


def _toolchain() -> Iterable[Path]:
    """The folder of the embedded toolchain, which workers have at the same place."""
    zig = zig_path()
    return [Path(zig).parent] if zig else []


def _build_twice(engine: Casd | Farm, project: Path, folder: Path,
                 environment: Mapping[str, str]) -> int:
    for build in ("first", "second"):
        executed, began = engine.executed, time.monotonic()
        status = _build(project, {**environment, "LTOGEN_CACHE_DIR": str(folder / build)})
        print(f"{build} build: {time.monotonic() - began:.1f} s, "
              f"{engine.executed - executed} actions executed by the engine", flush=True)
        if status:
            return status
    return 0


def _build(project: Path, environment: Mapping[str, str]) -> int:
    """Build where nothing is left of an earlier build."""
    shutil.rmtree(project / "out", ignore_errors=True)
    status = _run(["ltogen", "configure"], project, environment)
    return status or _run(["ninja", "--quiet"], project, environment)


def _run(words: list[str], folder: Path, environment: Mapping[str, str]) -> int:
    """Run a command, which ends with this process; what it ends with, as shells say it."""
    command = Service(words, folder, None, environment=environment)
    try:
        return command.wait()
    finally:
        command.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
