"""A link unit by ThinLTO: one thin link, a backend for each module, the final link."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from ltogen.base.digest import digest
from ltogen.base.quoting import ninja_text, response, shell
from ltogen.clang import flags
from ltogen.lower import final
from ltogen.lower.final import line_files, linker_temps
from ltogen.lower.rules import THIN_LINK_SOURCE, compile_command, rule_name, step
from ltogen.lower.sharing import Sharing
from ltogen.model.link_unit import ThinUnit
from ltogen.model.plan import Action, Phase, Rule
from ltogen.model.site import Site


def lower(unit: ThinUnit, site: Site, sharing: Sharing) -> Iterator[Action]:
    """The actions that link `unit`, from its bitcode on."""
    yield _thin_link(unit, site)
    yield from _backends(unit, site, sharing)
    yield _final_link(unit, site)


def _resolution(unit: ThinUnit, site: Site) -> str:
    """Response file with what the final link takes, in the thin link's order."""
    return site.layout.thin_link(unit.final.name) + "link.rsp"


def _regular_object(unit: ThinUnit, site: Site) -> str:
    """Native object of the parts that are not thin; empty if there are none."""
    return site.layout.thin_link(unit.final.name) + "regular-lto.o"


def _thin_link(unit: ThinUnit, site: Site) -> Action:
    indexes = site.layout.thin_link(unit.final.name)
    line = indexes + "line.rsp"
    unhashed = (module.bitcode for module in unit.modules if not module.has_key)
    around = line_files(unit.final) or ("", "")
    words = (site.layout.bitcode, indexes, site.layout.native(unit.final.name), line, *around,
             *unhashed, "--", *site.toolchain.ld, *linker_temps(site, unit.final.name))
    rule = Rule(
        rule_name("thin", unit.final.name),
        step(sys.executable, "thin-link", *words),
        f"thin {ninja_text(unit.final.product)}",
        depfile="$out.d",
        rspfile=ninja_text(line),
        rspfile_content=ninja_text(response(unit.final.line)),
    )
    return Action(
        Phase.THIN_LINK, rule,
        outputs=(_resolution(unit, site),),
        implicit_outputs=(
            _regular_object(unit, site),
            *(f"{indexes}{module.path}.thinlto.bc" for module in unit.modules),
            *(f"{indexes}{module.path}.imports" for module in unit.modules),
            *_stamps(unit, site),
        ),
        inputs=tuple(module.bitcode for module in unit.modules),
        implicit=(*unit.final.objects, *line_files(unit.final), site.layout.toolchain,
                  THIN_LINK_SOURCE),
        order_only=unit.final.order_only,
        cost=float(sum(module.size for module in unit.modules)),
    )


def _stamps(unit: ThinUnit, site: Site) -> Iterator[str]:
    """Digests that stand in for module hashes; kept for all modules as soon as one has none."""
    if not all(module.has_key for module in unit.modules):
        for module in unit.modules:
            yield f"{site.layout.thin_link(unit.final.name)}{module.path}.stamp"


def _backends(unit: ThinUnit, site: Site, sharing: Sharing) -> Iterator[Action]:
    rules: dict[tuple[tuple[str, ...], bool, bool], tuple[Rule, str]] = {}
    indexes, natives = site.layout.thin_link(unit.final.name), site.layout.native(unit.final.name)
    toolchain = site.layout.toolchain
    for module in unit.modules:
        shared = sharing.shared(unit, module)
        kept = site.keeps(module.path)
        key = (module.backend_flags, shared, kept)
        if key not in rules:
            rules[key] = _backend_rule(unit, module.backend_flags, len(rules), site,
                                       shared=shared and not kept, kept=kept)
        rule, objects = rules[key]
        more = [("share", shell([f"{objects}{module.path}."]))] if objects else []
        if kept:
            more.append(("temps", shell([site.layout.temps_of(unit.final.name) + module.path])))
        yield Action(
            Phase.BACKEND, rule,
            outputs=(natives + module.path,),
            implicit_outputs=rule.side_outputs(natives + module.path),
            inputs=(f"{indexes}{module.path}.thinlto.bc",),
            implicit=(toolchain, *module.reads, *unit.backend_reads),
            order_only=(module.bitcode,),
            variables=(("bitcode", shell([module.bitcode])), *more),
            cost=float(module.size),
            turn=sharing.turn(unit, module) if objects else 0,
        )


def _backend_rule(unit: ThinUnit, arguments: tuple[str, ...], number: int, site: Site, *,
                  shared: bool, kept: bool) -> tuple[Rule, str]:
    """The rule of backends with these arguments, and the folder where they share objects."""
    words = (*site.toolchain.backend, *arguments, *unit.backend_flags, *codegen_flags(unit.pic),
             "-c", "-x", "ir")
    beside = flags.side_outputs(arguments, front_end=False, code_generator=True)
    # What a command makes beside its object is named after the object, and so says the object.
    shared = shared and not beside
    options = "--index $in --share $share" if shared else "--index $in"
    if kept:
        words += ("-Xclang", "-save-temps=obj", "-fsave-optimization-record")
        options += " --temps $temps"
    command = compile_command(words, "$bitcode -fthinlto-index=$in -o", beside, options)
    rule = Rule(rule_name("lto", unit.final.name, str(number)), command, "lto  $out", beside=beside)
    key = digest((*words, site.toolchain.version, *site.toolchain.fingerprint)) if shared else ""
    return rule, site.layout.shared(key) if shared else ""


def codegen_flags(pic: bool) -> tuple[str, ...]:
    """What lld's own code generator implies, said to clang.

    lld always splits sections, and its relocation model follows the output, not the module.
    """
    return ("-ffunction-sections", "-fdata-sections", "-fPIC" if pic else "-fno-pie",
            "-Wno-override-module")


def _final_link(unit: ThinUnit, site: Site) -> Action:
    resolution, natives = _resolution(unit, site), site.layout.native(unit.final.name)
    return final.lower(
        unit.final, (resolution,), site.layout.thin_link(unit.final.name) + "link.d", (resolution,),
        (*(natives + module.path for module in unit.modules), _regular_object(unit, site),
         *unit.final.objects), site)
