"""The final link, which takes only native objects and is the same in every LTO mode."""

from __future__ import annotations

from collections.abc import Iterable

from ltogen.base import response_files
from ltogen.lower import typed
from ltogen.lower.commands import linked
from ltogen.model import layout as layouts
from ltogen.model.action import Action, Command, Phase, Slot
from ltogen.model.link_unit import FinalLink
from ltogen.model.site import Site

PRINTED = "printed.txt"  # what the step before has printed
# (Scripts name symbols that the optimiser took away. What is in no bitcode, lld has said already.)
_AFTER_LTO = ("--undefined-version",)


def driver_files(final: FinalLink) -> tuple[str, ...]:
    """Response files with what the driver puts before and after the inputs; empty without them."""
    if not final.driver_args:
        return ()
    return final.driver_args + ".before", final.driver_args + ".after"


def linker_temps(site: Site, link: str) -> tuple[str, ...]:
    """Options of a step for lld, to keep the intermediate files of a link."""
    if site.kept is None:
        return ()
    return "--save-temps", "-o", site.layout.temps_of(link) + "link"


def hidden(final: FinalLink, *folders: str) -> tuple[str, ...]:
    """The `folders` of modules, as what prints messages wants those that it must not name."""
    if not final.driver_args:
        return ()  # whoever gave the whole command line knows the files by other names
    return (*(f"+{folder}{target}" for folder in folders for target in final.targets), *folders)


def user_name(final: FinalLink, module: str) -> str:
    """What a user calls the module of this path: its source where the graph is named by sources."""
    for target in final.targets:
        if module.startswith(target):
            return module[len(target):].removesuffix(".o")
    return module


def after_lto(final: FinalLink, folder: str, implicit: Iterable[str], site: Site) -> Action:
    """Link natives of bitcode that the linker has seen in the step before.

    Its `folder` has the response file `link.rsp`, and PRINTED, the warnings that it has given.
    """
    resolution = folder + "link.rsp"
    return _lower(final, folder + "link", resolution, (resolution,), implicit, site,
                  options=("--printed", folder + PRINTED), arguments=_AFTER_LTO)


def _lower(final: FinalLink, stem: str, line: str, inputs: tuple[str, ...],
           implicit: Iterable[str], site: Site, *, options: tuple[str, ...],
           arguments: tuple[str, ...] = ()) -> Action:
    """Link what the response file `line` lists, between what the driver puts around it.

    What is written beside begins with `stem`; `options` are for the script around the linker.
    """
    layout, depfile = site.layout, f"{stem}.d"
    folders = (layout.native(final.name), layout.bitcode, layout.plain, layout.object)
    hide = [word for folder in hidden(final, *folders) for word in ("--hide", folder)]
    file = f"{stem}.line"
    shown = typed.shown(final, file)
    around = driver_files(final)
    words = (*site.toolchain.ld, *(f"@{file}" for file in (*around[:1], line, *around[1:])),
             *arguments)
    argv, told = linked(words, final.product, depfile,
                        (*hide, *options, *(("--shown", shown) if shown else ())), file)
    command = Command(
        ("link", final.name), (*final.launcher, *argv), ("link ", Slot.OUTPUTS), depfile=depfile,
        response=told, environment=final.environment, before=final.before, after=final.after,
        pool=final.pool)
    return Action(
        Phase.LINK, command, (final.product,), inputs,
        (*implicit, *around, site.layout.toolchain), final.outputs, final.order_only,
        validations=final.validations)


def native(final: FinalLink, site: Site) -> Action:
    """The single action of a link all of whose inputs are native."""
    # (Ninja 1.10 makes no folder for what it writes itself.)
    stem = site.layout.driver_args(layouts.ascii_name(final.name).replace("/", "%2F"))
    line = f"{stem}.rsp"
    return _lower(final, stem, line, final.objects, (), site,
                  options=("--write", line, response_files.one_line(final.args)))
