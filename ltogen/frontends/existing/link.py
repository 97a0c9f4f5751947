"""A link of an existing build as a link unit: archives opened, bitcode in the place of objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from ltogen.clang import flags
from ltogen.frontends.existing import shell
from ltogen.frontends.existing.contents import Contents
from ltogen.frontends.existing.input_rewriter import InputRewriter
from ltogen.frontends.existing.objects import Object, has_line_break
from ltogen.linker import link_flags
from ltogen.linker.link_flags import UnsupportedLink
from ltogen.lower import driver_args
from ltogen.lower.driver_args import DriverArgs
from ltogen.model import layout
from ltogen.model.existing_build import Link, Step
from ltogen.model.link_unit import FinalLink, ThinLinkUnit
from ltogen.model.site import Site

_SHARED = frozenset(("-shared", "--shared"))


class Assembled(Struct, frozen=True):
    """One link unit, with what became of the build's own objects and archives in it."""

    final: FinalLink
    thin: ThinLinkUnit | None  # None if all that it takes is native
    driver_args: DriverArgs
    objects: tuple[Object, ...]  # those whose bitcode it takes
    opened: frozenset[str]  # archives that it takes the members of
    problems: tuple[tuple[str, str], ...]  # objects that stay native, and why


def assemble(step: Step, link: Link, contents: Contents, *, lto: bool) -> Assembled:
    """The link unit of one link; without `lto` all its modules are native.

    Raises UnsupportedLink where the link cannot be taken apart.
    """
    parts = link_flags.split(link.arguments)
    if has_line_break(link.shell):
        raise UnsupportedLink("its command has a line break")
    line = InputRewriter(parts, contents.products, contents.prebuilt, contents.folder,
                         contents.site, lto=lto)
    line.read()
    problem = contents.incompatibility(link.driver, "linked") if line.objects else ""
    if problem:
        raise UnsupportedLink(problem)
    asked = _ask(link, parts, contents.site)
    pic = not _SHARED.isdisjoint(parts.driver) or parts.line.position_independent(
        flags.position_independent(parts.driver, contents.site.toolchain.pie))
    taken = {obj.compile.output for obj in line.objects.values()}
    gone = taken | line.opened.keys()
    if not gone.isdisjoint(_named(link.shell.before, contents)):
        raise UnsupportedLink("its command uses what it links in a step before the link")
    gone -= _named(link.shell.after, contents)
    needs = dict.fromkeys((*line.natives, *(path for path in (*step.inputs, *step.implicit)
                                            if path not in gone)))
    final = FinalLink(
        name=layout.below(link.output), product=link.output, args=tuple(line.words),
        objects=tuple(needs), driver_args=asked.stem, environment=link.shell.environment,
        before=link.shell.before, launcher=link.shell.launcher, after=link.shell.after,
        typed=(*link.shell.launcher, *link.driver, *link.arguments, "-o", link.output),
        outputs=tuple(path for path in (*step.outputs, *step.implicit_outputs)
                      if path != link.output),
        order_only=tuple(_order_only(step, line.opened, gone, contents)),
        validations=step.validations, pool=step.pool)
    thin = ThinLinkUnit(
        final, tuple(line.modules.values()), pic, backend_flags=parts.backend,
        backend_reads=flags.files_read(parts.backend, contents.folder),
    ) if lto and line.modules else None
    return Assembled(final, thin, asked, tuple(line.objects.values()), frozenset(line.opened),
                     tuple(line.problems.items()))


def _named(text: str, contents: Contents) -> set[str]:
    """What the steps around a link name of the build's files."""
    return {contents.names.of(word) for one in shell.commands(text) for word in one.words}


def _ask(link: Link, parts: link_flags.ParsedLink, site: Site) -> DriverArgs:
    toolchain = site.toolchain
    if toolchain.link_runs:
        return driver_args.ask((*link.driver, "-v"), parts.driver, (), link.output, site)
    driver = (*link.driver, "-###", f"--ld-path={toolchain.ld[0]}")
    return driver_args.ask(driver, (*parts.driver, "-flto=thin"), (), link.output, site)


def _order_only(step: Step, opened: Iterable[str], gone: set[str],
                contents: Contents) -> Iterator[str]:
    """What must be there before the link, with what had to be there before its archives."""
    build = contents.build
    archives = [build.steps[build.makes[path]] for path in opened if path in build.makes]
    paths = dict.fromkeys((
        *step.order_only,
        *(path for one in archives for path in (*one.implicit, *one.order_only))))
    yield from (path for path in paths if path not in gone and path not in contents.objects)
