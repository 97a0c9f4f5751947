"""What a project's target says to the compiler driver that links, and to the linker itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from ltogen.clang import flags
from ltogen.frontends.project.compile_words import seen_from_build
from ltogen.frontends.project.forms import static_members
from ltogen.frontends.project.libraries import Libraries, is_file
from ltogen.frontends.project.target_graph import TargetGraph
from ltogen.linker import driver_words
from ltogen.lower import driver_args, typed
from ltogen.lower.driver_args import DriverArgs
from ltogen.lower.forms import driver_options
from ltogen.model.link_unit import Form
from ltogen.model.project import Kind, Language, SourceFile, Target
from ltogen.model.site import Site


class Context(Struct, frozen=True):
    """What every link of a project looks at."""

    targets: TargetGraph
    files: Mapping[str, tuple[SourceFile, ...]]
    forms: Mapping[str, frozenset[Form]]
    libraries: Libraries
    root: str
    site: Site


def pic(target: Target, context: Context) -> bool:
    """Whether what `target` makes can lie at any address."""
    if target.kind is Kind.SHARED_LIBRARY:
        return True
    return flags.position_independent(target.link_args, context.site.toolchain.pie)


def asked(target: Target, output: str, context: Context) -> DriverArgs:
    """Ask the driver with the target's own arguments and those of what it takes in.

    `output` is the path of the product.
    """
    members = (target, *static_members(target, context.targets))
    toolchain = context.site.toolchain
    words = [word for member in members for word in _driver_words(member)]
    return driver_args.ask(
        _driver(target, context),
        (*driver_options(target.kind, target.lto, toolchain, pic=pic(target, context)),
         f"-O{flags.backend_level(target.optimize)}", *words),
        tuple(word for member in members for word in _libraries(member, context)),
        output,
        context.site,
    )


def typed_link(target: Target, output: str, products: Iterable[str],
               context: Context) -> tuple[str, ...]:
    """The link as its user would type it; `products` are those of targets that it takes."""
    members = (target, *static_members(target, context.targets))
    return (
        *typed.driver(_driver(target, context)),
        *(("-shared",) if target.kind is Kind.SHARED_LIBRARY else ()),
        *(word for member in members for word in member.link_args),
        *(file.path for file in context.files[target.name]), *products,
        *(name if is_file(name) else f"-l{name}"
          for member in members for name in member.libraries),
        "-o", output)


def _driver(target: Target, context: Context) -> tuple[str, ...]:
    cxx = any(file.language is Language.CXX
              for member in (target, *static_members(target, context.targets))
              for file in context.files[member.name])
    toolchain = context.site.toolchain
    return toolchain.link_cxx if cxx else toolchain.link_cc


def _driver_words(target: Target) -> Iterable[str]:
    language = (*target.compile_args, *target.c_args, *target.cxx_args)
    driver, _ = driver_words.split(target.link_args)
    return (*flags.for_link(language), *driver)


def linker_words(target: Target, context: Context) -> tuple[str, ...]:
    """The linker's own arguments, which go straight to it, before the inputs."""
    members = (target, *static_members(target, context.targets))
    words = [word for member in members
             for word in driver_words.split(member.link_args)[1]]
    if any(member.kind is Kind.SHARED_LIBRARY for member in context.targets.closures[target.name]):
        words = ["-rpath", "$ORIGIN", *words]
    if target.kind is Kind.SHARED_LIBRARY:
        words = ["-soname", f"lib{target.name}.so", *words]
    if context.site.toolchain.link_runs:
        # Its driver says no level; the parts of regular LTO need it.
        words = [f"--lto-O{flags.backend_level(target.optimize)}", *words]
    return tuple(words)


def _libraries(target: Target, context: Context) -> Iterator[str]:
    for name in target.libraries:
        if not context.libraries.is_opened(name, target):
            yield seen_from_build(context.root, name) if is_file(name) else f"-l{name}"
