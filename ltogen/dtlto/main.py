"""What `ltogen-distributor` runs: the objects that lld wants, from the store or by Ninja."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence

from ltogen.backends import ninja
from ltogen.base import streams
from ltogen.base.errors import UserError
from ltogen.dtlto import linker, request, work
from ltogen.dtlto.backends import Backends
from ltogen.dtlto.request import Job
from ltogen.lower.remote import apart
from ltogen.model.action import Action
from ltogen.model.plan import Plan
from ltogen.nested import build as nested
from ltogen.nested.journal import note
from ltogen.ninja.spelling import check_path
from ltogen.remote_build import choice
from ltogen.steps.keys import Key
from ltogen.store import place
from ltogen.store.objects import Store

_PROGRAM = "ltogen-distributor"
_INTERVAL = 0.2  # seconds between two looks at lld
_HELP = """\
usage: clang -flto=thin -fuse-ld=lld -fthinlto-distributor=$(command -v ltogen-distributor) ...

lld runs this for the backends of a ThinLTO link, with the path of a JSON file. Objects that were
made before come from ltogen's store (ltogen cache), the others are made by Ninja, in a jobserver if
there is one, else LTOGEN_JOBS at once.
"""


def main() -> int:
    """Make the objects; 0 if all are there."""
    streams.open_missing()
    arguments = sys.argv[1:]
    if not arguments or arguments[-1] in ("--help", "-h"):
        print(_HELP, end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    try:
        if arguments[:-1]:
            raise UserError(f"{arguments[0]}: no option of it; it takes the path of a JSON file")
        return _Distribution(arguments[-1]).run()
    except UserError as error:
        print(f"{_PROGRAM}: {error}", file=sys.stderr)
        return error.status
    except OSError as error:
        print(f"{_PROGRAM}: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


class _Distribution:
    def __init__(self, path: str) -> None:
        self._parent, self._started = os.getppid(), time.monotonic()
        asked = request.read(path)
        told = linker.of_parent()
        for option in told.lost:
            print(f"{_PROGRAM}: warning: {option} has no effect on distributed backends",
                  file=sys.stderr)
        self._jobs, self._output = asked.jobs, asked.common.linker_output
        self._backends = Backends(asked, told.words)
        for job in self._jobs:
            for name in (*job.inputs, *job.outputs):
                check_path(name, job.bitcode)

    def run(self) -> int:
        """Take what the store has, and make the rest."""
        kept, problem = place.usable(os.environ)
        if problem:
            print(f"{_PROGRAM}: warning: nothing is kept for other links: {problem}",
                  file=sys.stderr)
        store = Store(kept)
        keys = [self._backends.key(job) for job in self._jobs]
        wanted = [(job, key) for job, key in zip(self._jobs, keys, strict=True)
                  if not _take(store, key, job)]
        status = 0
        if wanted:
            with work.folder() as folder:
                status = self._make(wanted, folder, kept)
        note(self._output, "failed" if status else
             f"{len(wanted)} of {len(keys)} modules compiled", self._started)
        return status

    def _make(self, wanted: Sequence[tuple[Job, Key]], folder: str, store: str) -> int:
        actions = [self._action(job, key, f"{folder}/{number}", store)
                   for number, (job, key) in enumerate(wanted)]
        # (Ninja takes those that are equally deep in their order.)
        actions.sort(key=lambda action: -action.size)
        manifest = f"{folder}/build.ninja"
        farm = choice.farm(os.environ)
        plan = apart(Plan(tuple(actions), (), (), tuple(job.native for job, _ in wanted)), farm)
        with open(manifest, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(ninja.link_manifest(plan, folder, by=_PROGRAM))
        names = {job.native: job.bitcode for job, _ in wanted}
        threading.Thread(target=self._end_with_linker, daemon=True).start()
        ran = nested.run(manifest, lambda: names, show=False,
                         elsewhere=farm.there if farm else 0)
        lost = [names[path] for path in names if path in ran.failed] or [
            names[path] for path in names if not os.path.exists(path)]
        for module in lost if ran.status or lost else ():
            print(f"{_PROGRAM}: {module}: its backend made no object", file=sys.stderr)
        return ran.status or bool(lost)

    def _action(self, job: Job, key: Key, key_file: str, store: str) -> Action:
        with open(key_file, "wb") as file:
            file.write(key.text())
        return self._backends.action(job, key_file, store)

    def _end_with_linker(self) -> None:
        """lld may be killed alone: nobody waits for the objects then."""
        while os.getppid() == self._parent:
            time.sleep(_INTERVAL)
        os.kill(os.getpid(), signal.SIGTERM)


def _take(store: Store, key: Key, job: Job) -> bool:
    """Put the object of a key in its place, if there is one and all that belongs to it."""
    return len(job.outputs) == 1 and store.fetch(key.digest, job.native)
