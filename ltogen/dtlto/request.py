"""The noun: what lld asks a distributor for, as its JSON file says it."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ltogen.base import files
from ltogen.base.decoding import located
from ltogen.base.errors import UserError

# A key of drafts of the protocol that never were in a release, but in programs that people copy.
_OF_DRAFTS = b'"primary_input"'


class Common(Struct, frozen=True, forbid_unknown_fields=True):
    """What all jobs have: the beginning of their commands, and files that each of them reads."""

    linker_output: str
    args: list[str]
    inputs: list[str]


class Job(Struct, frozen=True, forbid_unknown_fields=True):
    """One backend. Its command is the common words, then `args`, in the folder of the linker.

    `inputs` are the bitcode, the index, then what is imported from; `outputs` the object first.
    """

    args: list[str]
    inputs: list[str]
    outputs: list[str]

    @property
    def bitcode(self) -> str:
        """The module."""
        return self.inputs[0]

    @property
    def index(self) -> str:
        """The module's index."""
        return self.inputs[1]

    @property
    def native(self) -> str:
        """The object to make."""
        return self.outputs[0]


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """All that lld wants for one link."""

    common: Common
    jobs: list[Job]


def read(path: str) -> Request:
    """The request in a JSON file.

    Raises UserError, which names the job, for a file that is not as the protocol has it.
    """
    data = files.read(path)
    if data is None:
        raise UserError(f"{path}: no such file; lld is to run this, with the path of a JSON file "
                        "as the last argument")
    if _OF_DRAFTS in data:
        raise UserError(f"{path}: a draft of the protocol, with primary_input; LLVM 21 or newer "
                        "has the one that ltogen speaks")
    try:
        request = msgspec.json.decode(data, type=Request)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: {located(error)}") from None
    for number, job in enumerate(request.jobs):
        _check(f"{path}: jobs[{number}]", job)
    if "-c" not in request.common.args or request.common.args[0] == "-c":
        raise UserError(f"{path}: common.args: not a command that compiles (-c)")
    return request


def _check(where: str, job: Job) -> None:
    if len(job.inputs) < 2:
        raise UserError(f"{where}: inputs: the bitcode and its index are wanted")
    if not job.outputs:
        raise UserError(f"{where}: outputs: none, and {job.bitcode} is to become an object")
    for name, paths in (("inputs", job.inputs), ("outputs", job.outputs)):
        if not all(paths):
            raise UserError(f"{where}: {name}: an empty path")
    if ["-o", job.native] not in [job.args[at:at + 2] for at in range(len(job.args))]:
        raise UserError(f"{where}: args: they do not write {job.native} (-o)")
