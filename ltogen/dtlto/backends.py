"""The backends of a request: what each object depends on, and the command that makes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

from ltogen.base import digest, files
from ltogen.base.errors import UserError
from ltogen.clang import flags
from ltogen.dtlto.request import Common, Job, Request
from ltogen.linker import index
from ltogen.lower import backend, commands
from ltogen.model.action import Action, Command, Phase
from ltogen.steps import keys
from ltogen.steps.keys import Key
from ltogen.toolchain import compiler
from ltogen.toolchain.fingerprint import fingerprint, inputs_of

_INTERCHANGES_LOOPS = 23  # LLVM's first major version whose LTO does


class Backends:
    """The jobs of one request. `added` are words that lld leaves out of it."""

    def __init__(self, request: Request, added: Iterable[str]) -> None:
        common = request.common
        at = common.args.index("-c")
        self._compiler = tuple(common.args[:at])
        found = _programs(self._compiler)
        # (`added` is behind what lld says of relocations: clang takes the last.)
        self._words = (*common.args, *added, *_of_version(compiler.major(found, self._compiler)))
        self._given = _files(common, self._words)
        self._context = digest.whole((compiler.identity(found), *self._words[1:],
                                      *map(keys.digest_of, self._given)))
        self._digests = keys.Digests()

    def key(self, job: Job) -> Key:
        """What the object of a job depends on; where its files lie is no part of that."""
        data = files.read(job.index)
        if data is None:
            raise UserError(f"{job.bitcode}: its index {job.index} is not there")
        beside = self._beside(job)
        # What is made beside an object is named after it, and the object says so.
        context = digest.whole((self._context, *_without_paths(job),
                                *((job.native,) if beside else ())))
        return keys.of_index(data, index.read(data), context, keys.BY_MODULE, self._digests,
                             job.bitcode)

    def action(self, job: Job, key_file: str, store: str) -> Action:
        """The action that makes the object of a job, and keeps it in `store`."""
        beside = self._beside(job)
        line = backend.line((*self._words, *_without_paths(job)), _paths(job),
                            len(self._compiler))
        given = (word for path in self._given for word in ("--given", path))
        command = Command((f"backend-{key_file.rpartition('/')[2]}",), commands.backend(
            line, beside, self._compiler, ("--key", key_file, "--store", store, *given)),
            f"code {job.bitcode}", beside=beside)
        return Action(Phase.BACKEND, command, (job.native,), (key_file,),
                      implicit_outputs=command.side_outputs(job.native), size=_size(job))

    def _beside(self, job: Job) -> tuple[str, ...]:
        """Suffixes of what the command makes beside the object."""
        return flags.side_outputs((*self._words, *job.args), front_end=False, code_generator=True)


def _of_version(major: int) -> tuple[str, ...]:
    """What lld's own backends do and those of its clang do not."""
    return ("-floop-interchange",) if major >= _INTERCHANGES_LOOPS else ()


def _programs(compiler_words: tuple[str, ...]) -> tuple[str, ...]:
    """The fingerprint of the programs that the words name."""
    programs = [path for word in compiler_words if (path := shutil.which(word))]
    if not programs or shutil.which(compiler_words[0]) is None:
        raise UserError(f"{compiler_words[0]}: no such compiler; name one with "
                        "--thinlto-remote-compiler")
    return fingerprint(inputs_of(programs))


def _files(common: Common, words: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys((*common.inputs, *flags.files_read(words))))


def _paths(job: Job) -> tuple[str, ...]:
    """The words of a job's command that are its own files."""
    return job.bitcode, f"-fthinlto-index={job.index}"


def _without_paths(job: Job) -> list[str]:
    """A job's words but for its own files, and the object."""
    at = next(at for at in range(len(job.args)) if job.args[at:at + 2] == ["-o", job.native])
    return [word for word in (*job.args[:at], *job.args[at + 2:]) if word not in _paths(job)]


def _size(job: Job) -> float:
    """What a backend reads, in bytes: the larger, the longer it takes."""
    return float(sum(os.path.getsize(path) for path in job.inputs if os.path.exists(path)))

