"""A link unit by ThinLTO: one thin link, a backend for each module, the final link."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ltogen.base import digest, response_files
from ltogen.clang import flags
from ltogen.lower import backend, commands, final, typed
from ltogen.lower.commands import step_of_link
from ltogen.lower.final import driver_files, linker_temps
from ltogen.lower.sharing import Sharing
from ltogen.model.action import Action, Command, Phase, Slot, Word
from ltogen.model.link_unit import ThinLinkUnit, ThinModule
from ltogen.model.site import Site

# A key, and the index that it is one for.
_KEY, _INDEX = ".thinlto", ".thinlto.bc"
_HANDS_OVER = 21  # LLVM's first version whose linker takes natives that somebody else has made


def lower(unit: ThinLinkUnit, site: Site, sharing: Sharing) -> Iterator[Action]:
    """The actions that link `unit`, from its bitcode on."""
    backends = _Backends(unit, site, sharing)
    yield _thin_link(unit, site, backends)
    yield from backends.actions()
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


def _thin_link(unit: ThinLinkUnit, site: Site, backends: _Backends) -> Action:
    indexes = site.layout.thin_link(unit.final.name)
    around = driver_files(unit.final) or ("", "")
    hidden = response_files.one_line(final.hidden(unit.final, site.layout.bitcode))
    exact = "exact" if site.toolchain.major >= _HANDS_OVER else ""
    line = indexes + "step.line"
    told = (unit.final.product, site.layout.bitcode, indexes,
            site.layout.native(unit.final.name), *around, hidden,
            typed.shown(unit.final, line), site.layout.store,
            "source" if site.stable_names else "module",
            response_files.one_line(site.toolchain.backend), exact,
            *backends.contexts(), "--", *site.toolchain.ld,
            *linker_temps(site, unit.final.name))
    argv, file = step_of_link("thin-link", line, told, unit.final.args)
    command = Command(
        ("thin", unit.final.name), argv, f"thin link {unit.final.product}",
        depfile=(Slot.OUTPUTS, ".d"), response=file)
    return Action(
        Phase.THIN_LINK, command,
        outputs=(_resolution(unit, site),),
        implicit_outputs=(
            _regular_object(unit, site),
            _symbols(unit, site),
            indexes + final.PRINTED,
            *(f"{indexes}{module.path}{_INDEX}" for module in unit.modules),
            *(f"{indexes}{module.path}{_KEY}" for module in unit.modules),
            indexes + "symbols.known",
            indexes + "report.txt",
        ),
        inputs=tuple(module.bitcode for module in unit.modules),
        implicit=(*unit.final.objects, *driver_files(unit.final), site.layout.toolchain,
                  *backends.reads()),
        order_only=unit.final.order_only,
        size=float(sum(module.size for module in unit.modules)),
    )


class _Backends:
    """The backends of one link: those with the same flags share a command."""

    def __init__(self, unit: ThinLinkUnit, site: Site, sharing: Sharing) -> None:
        self._unit, self._site, self._sharing = unit, site, sharing
        self._commands: dict[tuple[tuple[str, ...], tuple[str, ...], bool], Command] = {}
        self._flags: dict[tuple[str, ...], str] = {}

    def actions(self) -> Iterator[Action]:
        """One backend for each module."""
        unit, layout = self._unit, self._site.layout
        indexes, natives = layout.thin_link(unit.final.name), layout.native(unit.final.name)
        for module in unit.modules:
            command = self._command(module)
            yield Action(
                Phase.BACKEND, command,
                outputs=(natives + module.path,),
                implicit_outputs=command.side_outputs(natives + module.path),
                inputs=(f"{indexes}{module.path}{_KEY}",),
                implicit=(layout.toolchain,),
                order_only=(f"{indexes}{module.path}{_INDEX}", module.bitcode),
                slots=self._slots(module),
                size=float(module.size),
                turn=self._sharing.turn(unit, module),
            )

    def reads(self) -> Iterator[str]:
        """The files that any backend reads beside bitcode and index, such as profiles."""
        reads = (*self._unit.backend_reads,
                 *(path for module in self._unit.modules for path in module.reads))
        yield from dict.fromkeys(reads)

    def contexts(self) -> Iterator[str]:
        """What an object depends on beside its index, as the thin-link step wants it.

        That is, for each row of modules in the line with the same: a digest of compiler and flags,
        the number of modules, that of files, and these.
        """
        modules = {module.bitcode: module for module in self._unit.modules}
        line = (modules[word] for word in dict.fromkeys(self._unit.final.args) if word in modules)
        for (context, reads), row in itertools.groupby(line, self._context):
            yield from (context, str(len(list(row))), str(len(reads)), *reads)

    def _context(self, module: ThinModule) -> tuple[str, tuple[str, ...]]:
        known = self._flags
        if module.backend_flags not in known:
            # (Where the compiler lies does not matter.)
            toolchain = self._site.toolchain
            known[module.backend_flags] = digest.whole((
                toolchain.identity, *toolchain.backend[1:], *self._words(module.backend_flags)))
        context, unit = known[module.backend_flags], self._unit
        if flags.side_outputs(module.backend_flags, front_end=False, code_generator=True):
            # What a command makes beside its object is named after the object, and so says that.
            context = digest.whole((context, self._site.layout.native(unit.final.name),
                                    module.path))
        return context, (*unit.backend_reads, *module.reads)

    def _words(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """The words of a backend behind the compiler."""
        return (*arguments, *self._unit.backend_flags, *backend.codegen_flags(self._unit.pic),
                "-c", "-x", "ir")

    def _slots(self, module: ThinModule) -> tuple[tuple[Slot, str], ...]:
        name = final.user_name(self._unit.final, module.path)
        slots: tuple[tuple[Slot, str], ...] = ((Slot.BITCODE, module.bitcode), (Slot.NAME, name))
        if self._site.keeps(module.path):
            temps = self._site.layout.temps_of(self._unit.final.name)
            slots += ((Slot.TEMPS, temps + module.path),)
        return slots

    def _command(self, module: ThinModule) -> Command:
        known = module.backend_flags, module.reads, self._site.keeps(module.path)
        if known not in self._commands:
            self._commands[known] = self._make_command(*known[:2], kept=known[2])
        return self._commands[known]

    def _make_command(self, arguments: tuple[str, ...], reads: tuple[str, ...], *,
                      kept: bool) -> Command:
        unit, toolchain = self._unit, self._site.toolchain
        words = (*toolchain.backend, *self._words(arguments))
        beside = flags.side_outputs(arguments, front_end=False, code_generator=True)
        options: tuple[Word, ...] = ("--key", Slot.INPUTS)
        if kept:
            words += ("-Xclang", "-save-temps=obj", "-fsave-optimization-record")
            options += ("--temps", Slot.TEMPS)
        else:
            options += ("--store", self._site.layout.store)
            options += tuple(word for path in (*unit.backend_reads, *reads)
                             for word in ("--given", path))
        index: tuple[Word, ...] = (Slot.BITCODE, ("-fthinlto-index=", Slot.INPUTS, ".bc"))
        line = backend.line(words, index, len(toolchain.backend))
        return Command(("lto", unit.final.name, str(len(self._commands))),
                       commands.backend(line, beside, toolchain.backend, options),
                       ("code ", Slot.NAME, f" for {unit.final.product}"), beside=beside)


def _final_link(unit: ThinLinkUnit, site: Site) -> Action:
    natives = site.layout.native(unit.final.name)
    return final.after_lto(
        unit.final, site.layout.thin_link(unit.final.name),
        (*(natives + module.path for module in unit.modules), _regular_object(unit, site),
         _symbols(unit, site), *unit.final.objects), site)
