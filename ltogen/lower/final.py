"""The final link, which is the same whatever became of the modules: natives alone are left."""

from __future__ import annotations

from collections.abc import Iterable

from ltogen.base.quoting import ninja_text, response
from ltogen.lower.rules import link, rule_name
from ltogen.model import layout
from ltogen.model.link_unit import FinalLink
from ltogen.model.plan import Action, Phase, Rule
from ltogen.model.site import Site


def line_files(final: FinalLink) -> tuple[str, ...]:
    """Response files with what comes before and after the unit's own line, if anything does."""
    if not final.linker_line:
        return ()
    return final.linker_line + ".before", final.linker_line + ".after"


def linker_temps(site: Site, unit: str) -> tuple[str, ...]:
    """What a step tells lld, and reads itself, to keep what it does for a link."""
    if site.kept is None:
        return ()
    return "--save-temps", "-o", site.layout.temps_of(unit) + "link"


def lower(final: FinalLink, files: Iterable[str], depfile: str, inputs: tuple[str, ...],
          implicit: Iterable[str], site: Site, *, line: tuple[str, str] = ("", "")) -> Action:
    """Link what the response files `files` list, between what the driver puts around them.

    `line` is a response file that the edge writes itself, and its content.
    """
    around = line_files(final)
    words = (*site.toolchain.ld, *(f"@{file}" for file in (*around[:1], *files, *around[1:])))
    file, content = line
    rule = Rule(
        rule_name("link", final.name), link(words, depfile, final.prefix, final.suffix),
        "link $out", depfile=ninja_text(depfile), pool=final.pool,
        rspfile=ninja_text(file), rspfile_content=ninja_text(content))
    return Action(
        Phase.LINK, rule, (final.product,), inputs,
        (*implicit, *around, site.layout.toolchain), final.outputs, final.order_only,
        validations=final.validations)


def native(final: FinalLink, site: Site) -> Action:
    """The single action of a link all of whose inputs are native."""
    stem = site.layout.linker_line(layout.ascii_name(final.name))
    return lower(final, (f"{stem}.line",), f"{stem}.d", final.objects, (), site,
                 line=(f"{stem}.line", response(final.line)))
