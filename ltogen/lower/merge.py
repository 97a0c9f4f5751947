"""A link unit by one merged module: fat LTO, or modules that need no further passes.

One action merges, optimises and generates code in partitions; the final link follows.
"""

from __future__ import annotations

from ltogen.base import response_files
from ltogen.clang import flags
from ltogen.lower import final as final_link
from ltogen.lower import typed
from ltogen.lower.commands import step_of_link
from ltogen.lower.final import driver_files, linker_temps
from ltogen.model.action import MERGE_POOL, Action, Command, Phase, Slot
from ltogen.model.link_unit import FinalLink, MergedLinkUnit, MergedModule
from ltogen.model.project import Lto
from ltogen.model.site import Site


def lower(unit: MergedLinkUnit, site: Site) -> tuple[Action, Action]:
    """The actions that link `unit`, from its bitcode on."""
    return _merge(unit, site), _final_link(unit, site)


def combined(final: FinalLink, modules: tuple[MergedModule, ...], level: str) -> MergedLinkUnit:
    """A merged link unit of modules that are optimised already: no pass runs over the whole.

    The code generator runs at the backend level of `level`.
    """
    options = ("--lto-O0", f"--lto-CGO{flags.backend_level(level)}")
    return MergedLinkUnit(final, modules, Lto.COMBINE, options, 1)


def _outputs(unit: MergedLinkUnit, site: Site) -> tuple[str, ...]:
    """The native object of each partition, and one of symbols; the file is empty if that is."""
    folder = site.layout.merged(unit.final.name)
    return (*(f"{folder}lto.{number}.o" for number in range(unit.partitions)),
            f"{folder}symbols.elf")


def _resolution(unit: MergedLinkUnit, site: Site) -> str:
    """Response file of the final link."""
    return site.layout.merged(unit.final.name) + "link.rsp"


def _merge(unit: MergedLinkUnit, site: Site) -> Action:
    folder = site.layout.merged(unit.final.name)
    around = driver_files(unit.final) or ("", "")
    modules = sorted({module.bitcode.removesuffix(module.path) for module in unit.modules})
    hidden = response_files.one_line(final_link.hidden(unit.final, *modules))
    line = folder + "step.line"
    told = (folder, str(unit.partitions), *around, hidden, typed.shown(unit.final, line),
            unit.final.product,
            *site.toolchain.ld, "--",
            *unit.options, *linker_temps(site, unit.final.name))
    argv, file = step_of_link("merge", line, told, unit.final.args)
    verb = "merge and optimize" if unit.lto is Lto.FAT else "merge"
    command = Command(
        (unit.lto, unit.final.name), argv, f"{verb} {unit.final.product}",
        depfile=(Slot.OUTPUTS, ".d"), response=file, pool=MERGE_POOL)
    return Action(
        Phase.MERGE, command, (_resolution(unit, site),),
        inputs=tuple(module.bitcode for module in unit.modules),
        implicit=(*unit.final.objects, *driver_files(unit.final), *unit.reads,
                  *(path for module in unit.modules for path in module.reads),
                  site.layout.toolchain),
        implicit_outputs=(*_outputs(unit, site), f"{folder}symbols.known",
                          folder + final_link.PRINTED),
        order_only=unit.final.order_only,
        size=float(sum(module.size for module in unit.modules)))


def _final_link(unit: MergedLinkUnit, site: Site) -> Action:
    folder = site.layout.merged(unit.final.name)
    return final_link.after_lto(unit.final, folder, (*_outputs(unit, site), *unit.final.objects),
                                site)
