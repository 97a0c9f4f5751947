"""The objects of an existing build: which of its compiles make bitcode, and how."""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from ltogen.clang import flags
from ltogen.frontends.existing.scans import Scans
from ltogen.lower.commands import KEEP_LAST, Words, cut_off
from ltogen.model import layout
from ltogen.model.action import Action, Command, Phase, ResponseFile, Slot, Word
from ltogen.model.existing_build import Bitcode, Compile, ShellContext, Step
from ltogen.model.link_unit import ThinModule
from ltogen.model.site import Site

_DWO = ".dwo"


class Incompatibility(Protocol):
    """Why the output of a driver cannot be optimised with the rest; empty if it can.

    `verb` says what the driver does: it "compiled" or "linked" the output.
    """

    def __call__(self, driver: tuple[str, ...], verb: str = "compiled") -> str: ...


class Object(Struct, frozen=True):
    """One object file that the build compiles.

    `module` is None for an object that stays native; `problem` says why, if it need not.
    """

    step: Step
    compile: Compile
    module: ThinModule | None
    problem: str = ""
    codegen_units: tuple[ThinModule, ...] = ()  # of a source that is cut

    @property
    def modules(self) -> tuple[ThinModule, ...]:
        """The modules that a link takes instead of the object."""
        return self.codegen_units or ((self.module,) if self.module else ())

    @property
    def bitcode_before(self) -> bool:
        """Whether the build itself writes bitcode to the object."""
        return self.compile.bitcode is Bitcode.YES

    @property
    def fat(self) -> bool:
        """Whether the build makes a fat object, which only its own command can make."""
        return (self.bitcode_before and "-ffat-lto-objects" in self.compile.arguments
                and not self.step.dyndep)


def inspect(step: Step, compiled: Compile, incompatibility: Incompatibility, folder: str,
            site: Site) -> Object:
    """The object of one compile: with a module, or native and why."""
    if compiled.bitcode is Bitcode.NEVER:
        return Object(step, compiled, None)
    problem = _problem(step, compiled) or incompatibility(compiled.driver)
    if problem:
        return Object(step, compiled, None, problem)
    path = layout.inside(compiled.output)
    directory = compiled.directory or folder
    backend, plain, reads = _flags(compiled.arguments, directory, site)
    if compiled.directory:
        reads = tuple(os.path.join(directory, path) for path in reads)
    return Object(step, compiled, ThinModule(
        path, site.layout.bitcode + path, _size(os.path.join(directory, compiled.source)),
        plain, reads, backend_flags=backend))


@functools.cache
def _flags(words: tuple[str, ...], directory: str, site: Site) -> tuple[tuple[str, ...], ...]:
    """Flags of a backend, with and without a thin link, and the files that they read."""
    if site.toolchain.kind == "embedded":
        # Its driver spells targets and processors in its own way; its clang gets them from the
        # toolchain and from the bitcode.
        words = flags.without_target(words)
    level = f"-O{flags.backend_level(flags.optimization_level(words, '0'))}"
    model = flags.relocation_model(words, "-fPIE" if site.toolchain.pie else "-fno-pie")
    return ((level, *flags.for_backend(words)), (level, *flags.for_plain_backend(words), model),
            flags.files_read(words, directory))


def _problem(step: Step, compiled: Compile) -> str:
    others = [path for path in (*step.outputs, *step.implicit_outputs)
              if path != compiled.output and not path.endswith(_DWO)]
    if others:
        return f"its compile also makes {others[0]}"
    if step.dyndep and layout.inside(compiled.output) != compiled.output:
        return "it is scanned for C++ modules, and its path is outside of the build folder"
    listed = [word[1:] for word in compiled.arguments if word[:1] == "@"]
    if listed and not step.dyndep:
        return f"its response file {listed[0]} is not known before the build"
    if has_line_break(compiled.shell):
        return "its command has a line break"
    return ""


def has_line_break(around: ShellContext) -> bool:
    """Whether the shell context of a command has a line break, which no manifest can hold."""
    return "\n" in "".join((around.before, around.after, *around.launcher,
                            *(value for _, value in around.environment)))


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0  # it is generated


def compiles(objects: Iterable[Object], scans: Scans, folder: str,
             site: Site) -> Iterator[Action]:
    """The actions that make the bitcode of `objects`, in the build folder `folder`.

    `objects` are all or none of those that read one of the `scans`.
    """
    commands: dict[_Shape, Command] = {}
    objects = tuple(objects)
    stages = scans.stages({one.step.dyndep for one in objects} - {""})
    renamed = {path: f"{site.layout.out}/dyndep/{number}.dd"
               for number, stage in enumerate(stages) for path in stage}
    yield from (_scan(stage, renamed[stage[0]], site) for stage in stages)
    for one in objects:
        module, step = one.module, one.step
        if module is None or one.codegen_units:
            continue
        yield Action(
            Phase.OPTIMIZE, _compile(one, module.bitcode, folder, commands), (module.bitcode,),
            step.inputs, (*_renamed(step.implicit, renamed), site.layout.toolchain, *module.reads),
            order_only=_renamed(step.order_only, renamed), size=float(module.size),
            validations=step.validations, dyndep=renamed.get(step.dyndep, ""))


def _renamed(paths: tuple[str, ...], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names.get(path, path) for path in paths)) if names else paths


def _scan(sources: Sequence[str], target: str, site: Site) -> Action:
    """One dyndep file for several, with bitcode in the place of objects.

    One, because Ninja reads what it finds ready in an order of its own.
    """
    names = f"{target}.rsp"
    rename = f"/^ninja_dyndep_version/d; s|^build |build {site.layout.bitcode}|"
    script = ('{ echo "ninja_dyndep_version = 1"; '
              f'xargs sed {shlex.quote(rename)} < "$0"; }} > "$1"')
    command = Command(("dyndep", target), cut_off(("sh", "-c", script, names), ("--reads", names)),
                      "take over the module scans",
                      response=ResponseFile(names, tuple(sources)))
    return Action(Phase.OPTIMIZE, command, (target,), tuple(sources), (site.layout.toolchain,))


_Shape = tuple[Words, ShellContext, str]


def _compile(one: Object, output: str, folder: str, commands: dict[_Shape, Command]) -> Command:
    """The command that compiles `one`; objects that differ only in their names share it."""
    words, around = compile_words(one, output, folder), one.compile.shell
    known = (words, around, one.step.pool)
    if known not in commands:
        commands[known] = compile_command(("compile", str(len(commands)), os.path.dirname(output)),
                                          "compile ", words, one)
    return commands[known]


def compile_command(name: tuple[str, ...], shown: str, words: Words, one: Object) -> Command:
    """A command of `words` for an object, in the same shell context as the build's own."""
    around = one.compile.shell
    return Command(name, words, (shown, Slot.INPUTS), (Slot.OUTPUTS, ".d"),
                   environment=around.environment, before=around.before, after=around.after,
                   pool=one.step.pool)


def _coverage(compiled: Compile, folder: str) -> tuple[str, ...]:
    """Flags that put coverage files beside the object that the build itself would make."""
    if ".gcno" not in flags.side_outputs(compiled.arguments, front_end=True, code_generator=False):
        return ()
    stem = os.path.splitext(os.path.join(folder, compiled.output))[0]
    return ("-Xclang", f"-coverage-notes-file={stem}.gcno",
            "-Xclang", f"-coverage-data-file={stem}.gcda")


def compile_words(one: Object, output: str, folder: str, more: tuple[str, ...] = ()) -> Words:
    """The build's own compile command, but for bitcode, with the further flags `more`."""
    compiled = one.compile
    # What is fat stays ELF for clang 22, even if a later flag says that it is not.
    arguments = (word for word in compiled.arguments if word != "-ffat-lto-objects")
    words = (*compiled.shell.launcher, *compiled.driver, *arguments, "-flto=thin",
             *more, *_coverage(compiled, folder))
    only_source = one.step.inputs == (compiled.source,)
    source: Word = Slot.INPUTS if only_source else compiled.source
    # A command in a directory of its own sees the build folder from outside.
    base = f"{folder}/" if compiled.directory else ""
    depfile: Word = (base, Slot.OUTPUTS, ".d") if base else (Slot.OUTPUTS, ".d")
    options: Words = (*KEEP_LAST, "--reads", depfile)
    if base:
        options += ("--base", compiled.directory, depfile)
    target: Word = (base, Slot.OUTPUTS) if base else Slot.OUTPUTS
    return cut_off((*words, "-MD", "-MF", depfile, "-c", source, "-o"), options, target)
