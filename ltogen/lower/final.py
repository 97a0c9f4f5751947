"""The final link, which takes only native objects and is the same in every LTO mode."""

from __future__ import annotations

from collections.abc import Iterable

from ltogen.lower.commands import linked
from ltogen.model import layout as layouts
from ltogen.model.action import Action, Command, Phase, ResponseFile, Slot
from ltogen.model.link_unit import FinalLink
from ltogen.model.site import Site

# Scripts name symbols that the optimiser took away. What is in no bitcode, lld has said already.)
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


def lower(final: FinalLink, files: Iterable[str], depfile: str, inputs: tuple[str, ...],
          implicit: Iterable[str], site: Site, *, printed: str = "",
          response: ResponseFile | None = None, after_lto: bool = False) -> Action:
    """Link what the response files `files` list, between what the driver puts around them.

    `response` is one of them, if the edge writes it itself; `printed` is a file with the warnings
    that were printed before. `after_lto`: the natives are of bitcode that the linker has seen.
    """
    layout = site.layout
    folders = (layout.native(final.name), layout.bitcode, layout.plain, layout.object)
    options = [word for folder in hidden(final, *folders) for word in ("--hide", folder)]
    options += ["--printed", printed] if printed else []
    around = driver_files(final)
    words = (*site.toolchain.ld, *(f"@{file}" for file in (*around[:1], *files, *around[1:])),
             *(_AFTER_LTO if after_lto else ()))
    command = Command(
        ("link", final.name), linked(words, depfile, options, final.launcher),
        ("link ", Slot.OUTPUTS), depfile=depfile, response=response,
        environment=final.environment, before=final.before, after=final.after, pool=final.pool)
    return Action(
        Phase.LINK, command, (final.product,), inputs,
        (*implicit, *around, site.layout.toolchain), final.outputs, final.order_only,
        validations=final.validations)


def native(final: FinalLink, site: Site) -> Action:
    """The single action of a link all of whose inputs are native."""
    stem = site.layout.driver_args(layouts.ascii_name(final.name))
    response = ResponseFile(f"{stem}.line", final.args)
    return lower(final, (f"{stem}.line",), f"{stem}.d", final.objects, (), site, response=response)
