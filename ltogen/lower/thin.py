"""A link unit by ThinLTO: one thin link, a backend for each module, the final link."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from ltogen.base import response_files
from ltogen.clang import flags
from ltogen.lower import final
from ltogen.lower.commands import compiled, key, step
from ltogen.lower.final import driver_files, linker_temps
from ltogen.lower.sharing import Sharing
from ltogen.model.action import Action, Command, Phase, ResponseFile, Slot, Word
from ltogen.model.link_unit import ThinLinkUnit, ThinModule
from ltogen.model.site import Site

_PRINTED = "printed.txt"  # what the thin link printed
_HANDS_OVER = 21  # LLVM's first version whose linker takes natives that somebody else has made
# What is the first step's alone: its level, and what it has written.
_FIRST = re.compile(r"-O\w*\Z|-fsave-optimization-record|-foptimization-record-")


def lower(unit: ThinLinkUnit, site: Site, sharing: Sharing) -> Iterator[Action]:
    """The actions that link `unit`, from its bitcode on."""
    yield _thin_link(unit, site)
    yield from _Backends(unit, site, sharing).actions()
    yield _final_link(unit, site)


def _resolution(unit: ThinLinkUnit, site: Site) -> str:
    """Response file with the inputs of the final link, in the thin link's order."""
    return site.layout.thin_link(unit.final.name) + "link.rsp"


def _regular_object(unit: ThinLinkUnit, site: Site) -> str:
    """Native object of regular LTO modules and parts; the file is empty if there are none."""
    return site.layout.thin_link(unit.final.name) + "regular-lto.o"


def _symbols(unit: ThinLinkUnit, site: Site) -> str:
    """Object with what bitcode alone says of symbols; the file is empty if that is nothing."""
    return site.layout.thin_link(unit.final.name) + "symbols.elf"


def _thin_link(unit: ThinLinkUnit, site: Site) -> Action:
    indexes = site.layout.thin_link(unit.final.name)
    line = indexes + "line.rsp"
    unhashed = (module.bitcode for module in unit.modules if not module.has_key)
    around = driver_files(unit.final) or ("", "")
    hidden = response_files.one_line(final.hidden(unit.final, site.layout.bitcode))
    exact = "exact" if site.toolchain.major >= _HANDS_OVER else ""
    words = (site.layout.bitcode, indexes, site.layout.native(unit.final.name), line, *around,
             hidden, exact, *unhashed, "--", *site.toolchain.ld,
             *linker_temps(site, unit.final.name))
    command = Command(
        ("thin", unit.final.name), step("thin-link", *words), f"thin link {unit.final.product}",
        depfile=(Slot.OUTPUTS, ".d"), response=ResponseFile(line, unit.final.args))
    return Action(
        Phase.THIN_LINK, command,
        outputs=(_resolution(unit, site),),
        implicit_outputs=(
            _regular_object(unit, site),
            _symbols(unit, site),
            indexes + _PRINTED,
            *(f"{indexes}{module.path}.thinlto.bc" for module in unit.modules),
            *(f"{indexes}{module.path}.imports" for module in unit.modules),
            indexes + "symbols.known",
            *_stamps(unit, site),
        ),
        inputs=tuple(module.bitcode for module in unit.modules),
        implicit=(*unit.final.objects, *driver_files(unit.final), site.layout.toolchain),
        order_only=unit.final.order_only,
        size=float(sum(module.size for module in unit.modules)),
    )


def _stamps(unit: ThinLinkUnit, site: Site) -> Iterator[str]:
    """Digests in the place of module hashes; for all modules if one module has no hash."""
    if not all(module.has_key for module in unit.modules):
        for module in unit.modules:
            yield f"{site.layout.thin_link(unit.final.name)}{module.path}.stamp"


class _Backends:
    """The backends of one link: those with the same flags share a command."""

    def __init__(self, unit: ThinLinkUnit, site: Site, sharing: Sharing) -> None:
        self._unit, self._site, self._sharing = unit, site, sharing
        self._commands: dict[tuple[tuple[str, ...], bool, bool], tuple[Command, str]] = {}

    def actions(self) -> Iterator[Action]:
        """One backend for each module."""
        unit, layout = self._unit, self._site.layout
        indexes, natives = layout.thin_link(unit.final.name), layout.native(unit.final.name)
        for module in unit.modules:
            command, objects = self._command(module)
            yield Action(
                Phase.BACKEND, command,
                outputs=(natives + module.path,),
                implicit_outputs=command.side_outputs(natives + module.path),
                inputs=(f"{indexes}{module.path}.thinlto.bc",),
                implicit=(layout.toolchain, *module.reads, *unit.backend_reads),
                order_only=(module.bitcode,),
                slots=self._slots(module, objects),
                size=float(module.size),
                turn=self._sharing.turn(unit, module) if objects else 0,
            )

    def _slots(self, module: ThinModule, objects: str) -> tuple[tuple[Slot, str], ...]:
        name = final.user_name(self._unit.final, module.path)
        slots: tuple[tuple[Slot, str], ...] = ((Slot.BITCODE, module.bitcode), (Slot.NAME, name))
        if objects:
            slots += ((Slot.SHARE, f"{objects}{module.path}."),)
        if self._site.keeps(module.path):
            temps = self._site.layout.temps_of(self._unit.final.name)
            slots += ((Slot.TEMPS, temps + module.path),)
        return slots

    def _command(self, module: ThinModule) -> tuple[Command, str]:
        """The command of a backend, and the folder where it shares its object, if it does."""
        shared, kept = self._sharing.shared(self._unit, module), self._site.keeps(module.path)
        known = (module.backend_flags, shared, kept)
        if known not in self._commands:
            self._commands[known] = self._make_command(module.backend_flags,
                                                       shared=shared and not kept, kept=kept)
        return self._commands[known]

    def _make_command(self, arguments: tuple[str, ...], *, shared: bool,
                      kept: bool) -> tuple[Command, str]:
        unit, toolchain = self._unit, self._site.toolchain
        words = (*toolchain.backend, *arguments, *unit.backend_flags, *codegen_flags(unit.pic),
                 "-c", "-x", "ir")
        low = flags.optimization_level(words, "2") in ("0", "1")
        beside = flags.side_outputs(arguments, front_end=False, code_generator=True)
        # What a command makes beside its object is named after the object, and so says the object.
        shared = shared and not beside
        options: tuple[Word, ...] = ("--index", Slot.INPUTS)
        if shared:
            options += ("--share", Slot.SHARE)
        if kept:
            words += ("-Xclang", "-save-temps=obj", "-fsave-optimization-record")
            options += ("--temps", Slot.TEMPS)
        index: tuple[Word, ...] = (Slot.BITCODE, ("-fthinlto-index=", Slot.INPUTS))
        line: tuple[Word, ...] = (_in_two_steps(words, index, len(toolchain.backend)) if low
                                  else (*words, *index, "-o"))
        said: Word = ("code ", Slot.NAME, f" for {unit.final.product}",
                      ", or reuse it" if shared else "")
        command = Command(("lto", unit.final.name, str(len(self._commands))),
                          compiled(line, beside, options), said,
                          beside=beside)
        if not shared:
            return command, ""
        name = key((*words, toolchain.version, *toolchain.fingerprint))
        return command, self._site.layout.shared(name)


def _in_two_steps(words: tuple[str, ...], index: tuple[Word, ...],
                  driver: int) -> tuple[Word, ...]:
    """A backend at -O0 or -O1, with the code generator at 2, as lld has it at these levels.

    clang has one level for both. lld also unrolls loops at -O1. The first `driver` words name the
    compiler.
    """
    compiler, arguments = words[:driver], words[driver:]
    passes = shlex.join((*compiler, "-funroll-loops", *arguments, "-emit-llvm"))
    code = shlex.join((*compiler, *(word for word in arguments if not _FIRST.match(word)),
                       "-O2", "-Xclang", "-disable-llvm-passes"))
    return ("sh", "-c", f'{passes} "$0" "$1" -o "$2" && {code} "$2" -o "$2"', *index)


def codegen_flags(pic: bool) -> tuple[str, ...]:
    """Flags of clang for what lld's own code generator implies.

    lld always splits sections, and its relocation model follows the output, not the module.
    """
    return ("-ffunction-sections", "-fdata-sections", "-fPIC" if pic else "-fno-pie",
            "-Wno-override-module")


def _final_link(unit: ThinLinkUnit, site: Site) -> Action:
    resolution, natives = _resolution(unit, site), site.layout.native(unit.final.name)
    return final.lower(
        unit.final, (resolution,), site.layout.thin_link(unit.final.name) + "link.d", (resolution,),
        (*(natives + module.path for module in unit.modules), _regular_object(unit, site),
         _symbols(unit, site), *unit.final.objects), site,
        printed=site.layout.thin_link(unit.final.name) + _PRINTED, after_lto=True)
