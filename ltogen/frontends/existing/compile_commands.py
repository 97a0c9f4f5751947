"""A compilation database and link commands, for builds without Ninja.

The format is described in clang's "JSON Compilation Database Format Specification".
"""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from ltogen.base.errors import UserError
from ltogen.frontends.existing.names import Names
from ltogen.frontends.existing.recognise import Context, NotUnderstood, recognise
from ltogen.frontends.existing.response_files import ResponseFiles
from ltogen.model.existing_build import Archive, Command, Compile, ExistingBuild, Link, Step
from ltogen.ninja.spelling import check_path


class _Entry(Struct, frozen=True):
    directory: str
    file: str
    command: str = ""
    arguments: tuple[str, ...] = ()
    output: str = ""


def existing_build(path: Path, links: Sequence[str]) -> ExistingBuild:
    """The steps of the compiles in `path` and the commands `links`, which run in its folder.

    Raises UserError for a database that cannot be read, and for a command that is not a link.
    """
    reader = _Reader(path)
    for number, entry in enumerate(_load(path)):
        reader.compile(entry, f"{path}: entry {number}")
    if not reader.steps:
        raise UserError(f"{path}: no compile in it")
    for command in links:
        reader.link(command)
    makes = {step.outputs[0]: position for position, step in enumerate(reader.steps.values())}
    return ExistingBuild(tuple(reader.steps.values()), makes, tuple(reader.products),
                         reads=(path.name, *reader.response_files.found))


def _load(path: Path) -> list[_Entry]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[_Entry])
    except OSError as error:
        raise UserError(f"{path}: cannot read: {error.strerror}") from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: not a compilation database: {error}") from None


class _Reader:
    def __init__(self, path: Path) -> None:
        self._folder = os.path.abspath(path.parent)
        self.steps: dict[str, Step] = {}
        self.products: list[str] = []
        self.response_files = ResponseFiles(self._folder)
        self._names = Names(self._folder, self.steps)

    def compile(self, entry: _Entry, where: str) -> None:
        """Add one entry; the first of several for one object counts."""
        check_path(entry.file, where)
        line = entry.command or shlex.join(entry.arguments)
        try:
            output, named = self._output(entry, line)
        except ValueError as error:
            raise UserError(f"{where}: {error}: {line}") from None
        check_path(output, where)
        if not named:
            line += f" -o {shlex.quote(f'{self._folder}/{output}')}"
        if os.path.abspath(entry.directory) != self._folder:
            line = f"cd {shlex.quote(entry.directory)} && {line}"
        command, problem = None, ""
        try:
            command = self._recognise(line, (output,))
        except NotUnderstood as reason:
            problem = str(reason)
        if not isinstance(command, Compile) and (not problem or " -c " not in f"{line} "):
            raise UserError(f"{where}: no compile with -c: {line}")
        if output not in self.steps:
            self._add(output, (self._inside(entry.directory, entry.file),), command, problem)

    def _output(self, entry: _Entry, line: str) -> tuple[str, bool]:
        """The object, and whether the command names it."""
        words = shlex.split(line) if entry.command else list(entry.arguments)
        named = next((value for word, value in itertools.pairwise(words) if word == "-o"), "")
        default = os.path.splitext(os.path.basename(entry.file))[0] + ".o"
        return self._inside(entry.directory, named or entry.output or default), bool(named)

    def _inside(self, directory: str, path: str) -> str:
        """A path relative to the folder of the database."""
        whole = os.path.normpath(os.path.join(self._folder, directory, path))
        return whole.removeprefix(f"{self._folder}/")

    def link(self, line: str) -> None:
        """Add a link, or an archive for one."""
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise UserError(f"--link-command {line}: {error}") from None
        outputs = (*map(os.path.normpath, words), "a.out")
        try:
            command = (self._recognise(line, outputs)
                       or self._recognise(f"{line} -o a.out", outputs))
        except NotUnderstood as reason:
            raise UserError(f"--link-command {line}: {reason}") from None
        if not isinstance(command, Link | Archive):
            raise UserError(f"--link-command {line}: not a link by a compiler driver; name one "
                            "such as: clang -o app a.o b.o")
        inputs = command.arguments if isinstance(command, Link) else command.members
        known = tuple(dict.fromkeys(
            path for word in inputs if (path := self._names.of(word)) in self.steps))
        self._add(command.output, known, command, "")
        if isinstance(command, Link):
            self.products.append(command.output)

    def _recognise(self, line: str, outputs: tuple[str, ...]) -> Command | None:
        known = Names(self._folder, {*outputs, *self.steps})
        return recognise(line, Context(outputs, known, self.response_files.words))

    def _add(self, output: str, inputs: tuple[str, ...], command: Command | None,
             problem: str) -> None:
        self.steps[output] = Step((output,), (), inputs, (), (), (), False, command=command,
                                  problem=problem)
