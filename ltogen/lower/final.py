"""The final link, which takes only native objects and is the same in every LTO mode."""

from __future__ import annotations

from collections.abc import Iterable

from ltogen.lower.commands import linked
from ltogen.model import layout as layouts
from ltogen.model.action import Action, Command, Phase, ResponseFile, Slot
from ltogen.model.link_unit import FinalLink
from ltogen.model.site import Site


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
    return (*(f"+{folder}{target}" for folder in folders for target in final.targets), *folders)


def user_name(final: FinalLink, module: str) -> str:
    """What a user calls the module of this path: its source where the graph is named by sources."""
    for target in final.targets:
        if module.startswith(target):
            return module[len(target):].removesuffix(".o")
    return module


def lower(final: FinalLink, files: Iterable[str], depfile: str, inputs: tuple[str, ...],
          implicit: Iterable[str], site: Site, *, said: str = "",
          response: ResponseFile | None = None) -> Action:
    """Link what the response files `files` list, between what the driver puts around them.

    `response` is one of them, if the edge writes it itself; `said` is a file with the warnings that
    were printed before.
    """
    layout = site.layout
    options = [word for folder in hidden(final, layout.native(final.name), layout.plain,
                                         layout.object) for word in ("--hide", folder)]
    options += ["--said", said] if said else []
    around = driver_files(final)
    words = (*site.toolchain.ld, *(f"@{file}" for file in (*around[:1], *files, *around[1:])))
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
