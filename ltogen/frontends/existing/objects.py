"""The objects of an existing build: which of its compiles make bitcode, and how."""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from ltogen.base.quoting import ninja_text, shell
from ltogen.clang import flags
from ltogen.lower.rules import cut_off, rule_name
from ltogen.model import layout
from ltogen.model.existing_build import Bitcode, Compile, Step
from ltogen.model.link_unit import ThinModule
from ltogen.model.plan import Action, Phase, Rule
from ltogen.model.site import Site

_DWO = ".dwo"


class Complaint(Protocol):
    """Says why what a driver compiles, or with `verb` links, cannot be optimised with the rest."""

    def __call__(self, driver: tuple[str, ...], verb: str = "compiled") -> str: ...


class Object(Struct, frozen=True):
    """One object file that the build compiles.

    `module` is None for an object that stays native; `problem` says why, if it could be otherwise.
    """

    step: Step
    compile: Compile
    module: ThinModule | None
    problem: str = ""
    units: tuple[ThinModule, ...] = ()  # the source is cut in

    @property
    def modules(self) -> tuple[ThinModule, ...]:
        """What a link takes instead of the object."""
        return self.units or ((self.module,) if self.module else ())

    @property
    def bitcode_before(self) -> bool:
        """Whether the build itself makes bitcode of it, under the object's own name."""
        return self.compile.bitcode is Bitcode.YES

    @property
    def fat(self) -> bool:
        """Whether the build makes an object of both: nothing but its own command can."""
        return (self.bitcode_before and "-ffat-lto-objects" in self.compile.arguments
                and not self.step.dyndep)


def inspect(step: Step, compiled: Compile, complaint: Complaint, folder: str, site: Site) -> Object:
    """What can become of one compile."""
    if compiled.bitcode is Bitcode.NEVER:
        return Object(step, compiled, None)
    problem = _problem(step, compiled) or complaint(compiled.driver)
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
    """Flags of a backend, with a thin link and without, and the files they make it read."""
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
    if "\n" in compiled.place.before + compiled.place.after:
        return "its command has a line break"
    return ""


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0  # it is generated


def compiles(objects: Iterable[Object], folder: str, site: Site) -> Iterator[Action]:
    """The actions that make the bitcode of `objects`, in the build folder `folder`."""
    rules: dict[str, Rule] = {}
    scans: set[str] = set()
    for thing in objects:
        module, step = thing.module, thing.step
        if module is None or thing.units:
            continue
        renamed: dict[str, str] = {}
        variables: tuple[tuple[str, str], ...] = ()
        if step.dyndep:
            scan = f"{site.layout.out}/dyndep/{layout.inside(step.dyndep)}"
            renamed = {step.dyndep: scan}
            variables = (("dyndep", ninja_text(scan)),)
            if step.dyndep not in scans:
                scans.add(step.dyndep)
                yield _scan(step.dyndep, scan, site)
        yield Action(
            Phase.OPTIMIZE, _compile_rule(thing, module.bitcode, folder, rules), (module.bitcode,),
            step.inputs, (*_renamed(step.implicit, renamed), site.layout.toolchain, *module.reads),
            order_only=_renamed(step.order_only, renamed), cost=float(module.size),
            validations=step.validations, variables=variables)


def _renamed(paths: tuple[str, ...], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(names.get(path, path) for path in paths) if names else paths


def _scan(source: str, target: str, site: Site) -> Action:
    """What a scan found about C++ modules, said of the bitcode instead of the objects."""
    script = f'sed "s|^build |build {site.layout.bitcode}|" "$0" > "$1"'
    rule = Rule("dyndep", cut_off(("sh", "-c", script), "$in"), "scan $out")
    return Action(Phase.OPTIMIZE, rule, (target,), (source,), (site.layout.toolchain,))


def _compile_rule(thing: Object, output: str, folder: str, rules: dict[str, Rule]) -> Rule:
    """The rule that compiles `thing`; objects whose commands differ in their names share one."""
    command = compile_command(thing, output, folder)
    rule = rules.get(command)
    if rule is None:
        name = rule_name("opt", str(len(rules)), os.path.dirname(output))
        rule = Rule(name, command, "opt  $in", "$out.d", pool=thing.step.pool)
        rules[command] = rule
    return rule


def _coverage(compiled: Compile, folder: str) -> tuple[str, ...]:
    """Where tools look for counters: beside the object that the build itself would have made."""
    if ".gcno" not in flags.side_outputs(compiled.arguments, front_end=True, code_generator=False):
        return ()
    stem = os.path.splitext(os.path.join(folder, compiled.output))[0]
    return ("-Xclang", f"-coverage-notes-file={stem}.gcno",
            "-Xclang", f"-coverage-data-file={stem}.gcda")


def compile_command(thing: Object, output: str, folder: str, more: tuple[str, ...] = ()) -> str:
    """The build's own command, for bitcode: Ninja text. `more` are further flags of it."""
    compiled = thing.compile
    # What is fat stays ELF for clang 22, even if a later flag says that it is not.
    arguments = (word for word in compiled.arguments if word != "-ffat-lto-objects")
    words = (*compiled.place.launcher, *compiled.driver, *arguments, "-flto=thin",
             *more, *_coverage(compiled, folder))
    source = shell([compiled.source])
    if thing.step.inputs == (compiled.source,) and source == compiled.source:
        source = "$in"
    options = "--aside" if flags.side_outputs(words, front_end=True, code_generator=False) else ""
    # A command in a directory of its own sees the build folder from outside.
    base = shell([folder]) + "/" if compiled.directory else ""
    if base:
        options += f" --base {shell([compiled.directory])} {base}$out.d"
    command = cut_off(words, f"-MD -MF {base}$out.d -c {source} -o", options, f"{base}$out")
    place = compiled.place
    return f"{ninja_text(place.before)}{command}{ninja_text(place.after)}"


def prefix_of(launcher: tuple[str, ...], before: str) -> str:
    """Shell text that goes in front of a command that took the driver's place."""
    return before + (f"{shlex.join(launcher)} " if launcher else "")
