"""A project to a plan: every target's sources, links and archives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from ltogen import flags, layout
from ltogen.errors import UserError
from ltogen.lower import graph, plain, thin
from ltogen.lower.compile import Compiled, compile_target, seen_from_build
from ltogen.lower.linker_line import LinkerLine, linker_line
from ltogen.lower.sharing import Sharing
from ltogen.model import Action, Kind, Language, LinkUnit, Lto, Module, Plan, SourceFile, Target
from ltogen.site import Site
from ltogen.toolchain.model import Toolchain


class _Context(Struct, frozen=True):
    """What every step of planning looks at."""

    targets: graph.TargetGraph
    files: Mapping[str, tuple[SourceFile, ...]]
    compiled: Mapping[str, Compiled]
    root: str
    site: Site


def plan(members: Sequence[Target], files: Mapping[str, tuple[SourceFile, ...]], root: str,
         site: Site) -> Plan:
    """Everything that builds the targets `members`, whose sources are `files`.

    `root` is the project as seen from the build directory. Raises UserError for targets that
    cannot be linked as they say.
    """
    targets = graph.build(members)
    _check_products(members)
    compiled = {
        target.name: compile_target(target, files[target.name], root,
                                    target.name in targets.shared, site)
        for target in members
    }
    context = _Context(targets, files, compiled, root, site)
    actions = [action for one in compiled.values() for action in one.actions]
    actions += _link_all(context)
    actions += _archive_all(context)
    return Plan(
        actions=tuple(actions),
        compilations=tuple(entry for one in compiled.values() for entry in one.compilations),
        aliases=tuple((target.name, product(target)) for target in members),
        defaults=tuple(product(target) for target in members if _default(target, targets)),
    )


def product(target: Target) -> str:
    """Path of what `target` makes."""
    names = {
        Kind.EXECUTABLE: target.name,
        Kind.SHARED_LIBRARY: f"lib{target.name}.so",
        Kind.STATIC_LIBRARY: f"lib{target.name}.a",
    }
    return f"{layout.OUT}/{names[target.kind]}"


def _check_products(members: Sequence[Target]) -> None:
    made: dict[str, str] = {}
    for target in members:
        path = product(target)
        if path in layout.RESERVED:
            raise UserError(f"[targets.{target.name}]: {path} is a folder of ltogen's own; "
                            "rename the target")
        if made.setdefault(path, target.name) != target.name:
            raise UserError(f"[targets.{target.name}]: {path} is the product of "
                            f"[targets.{made[path]}] too; rename one")


def _default(target: Target, targets: graph.TargetGraph) -> bool:
    """A static library that only serves others is no product unless it says so."""
    if target.default is not None:
        return target.default
    return target.kind is not Kind.STATIC_LIBRARY or target.name not in targets.depended


def _link_all(context: _Context) -> Iterator[Action]:
    linked = [target for target in context.targets.targets.values()
              if target.kind is not Kind.STATIC_LIBRARY]
    lines = [_linker_line(target, context) for target in linked]
    yield from {line.stem: line.action for line in lines}.values()
    units = [_unit(target, line, context) for target, line in zip(linked, lines, strict=True)]
    sharing = Sharing([unit for unit in units if unit.modules])
    for unit in units:
        if unit.modules:
            yield from thin.lower(unit, context.site, sharing)
        else:
            yield from plain.lower(unit, context.site)


def _archive_all(context: _Context) -> Iterator[Action]:
    """Static libraries, and the native objects that they and links without LTO need."""
    alone = {member.name: None
             for target in context.targets.targets.values() if target.lto is Lto.OFF
             for member in _static_members(target, context)}
    for target in context.targets.targets.values():
        code = context.compiled[target.name]
        archived = target.kind is Kind.STATIC_LIBRARY
        if archived or target.name in alone:
            natives = ((module, plain.native_of(module, context.site)) for module in code.modules)
            yield from plain.backends(target.name, natives, context.site)
        if archived:
            _need_archiver(target, context.site.toolchain)
            yield plain.archive(product(target), target.name, _native_line(code, context.site),
                                context.site)


def _need_archiver(target: Target, toolchain: Toolchain) -> None:
    if not toolchain.ar:
        raise UserError(f"[targets.{target.name}]: no archiver for a static library; install "
                        f"llvm-{toolchain.major}, or name one with 'ar' under [toolchain]")


def _static_members(target: Target, context: _Context) -> Iterator[Target]:
    for member in context.targets.closures[target.name]:
        if member.kind is Kind.STATIC_LIBRARY:
            yield member


def _unit(target: Target, line: LinkerLine, context: _Context) -> LinkUnit:
    """The link of one executable or shared library."""
    own = context.compiled[target.name]
    words = [*_linker_words(target, context), *_code(own, target.lto, context.site)]
    modules = list(_modules(own, target.lto))
    objects = list(_objects(own, target.lto, context.site))
    for member in context.targets.closures[target.name]:
        if member.kind is Kind.SHARED_LIBRARY:
            words.append(product(member))
            objects.append(product(member))
            continue
        library = context.compiled[member.name]
        words += ["--start-lib", *_code(library, target.lto, context.site), "--end-lib"]
        modules += _modules(library, target.lto)
        objects += _objects(library, target.lto, context.site)
    return LinkUnit(
        name=target.name, product=product(target), line=tuple(words), modules=tuple(modules),
        objects=tuple(objects), linker_line=line.stem, pic=_pic(target, context))


def _code(code: Compiled, lto: Lto, site: Site) -> tuple[str, ...]:
    return _native_line(code, site) if lto is Lto.OFF else code.line


def _native_line(code: Compiled, site: Site) -> tuple[str, ...]:
    natives = {module.bitcode: plain.native_of(module, site) for module in code.modules}
    return tuple(natives.get(path, path) for path in code.line)


def _modules(code: Compiled, lto: Lto) -> tuple[Module, ...]:
    return () if lto is Lto.OFF else code.modules


def _objects(code: Compiled, lto: Lto, site: Site) -> tuple[str, ...]:
    return _native_line(code, site) if lto is Lto.OFF else code.objects


def _pic(target: Target, context: _Context) -> bool:
    if target.kind is Kind.SHARED_LIBRARY:
        return True
    return flags.position_independent(target.link_args, context.site.toolchain.pie)


def _linker_line(target: Target, context: _Context) -> LinkerLine:
    """Ask the driver with the target's own arguments and those of what it takes in."""
    members = (target, *_static_members(target, context))
    cxx = any(file.language is Language.CXX
              for member in members for file in context.files[member.name])
    toolchain = context.site.toolchain
    words = [word for member in members for word in _driver_words(member, context)]
    lto = () if target.lto is Lto.OFF or toolchain.link_runs else ("-flto=thin",)
    return linker_line(
        toolchain.link_cxx if cxx else toolchain.link_cc,
        (*_output_kind(target, context), *lto, f"-O{flags.backend_level(target.optimize)}", *words),
        tuple(word for member in members for word in _libraries(member, context)),
        context.site,
    )


def _output_kind(target: Target, context: _Context) -> tuple[str, ...]:
    if target.kind is Kind.SHARED_LIBRARY:
        return ("-shared",)
    return ("-pie",) if context.site.toolchain.pie and _pic(target, context) else ()


def _driver_words(target: Target, context: _Context) -> Iterable[str]:
    language = (*target.compile_args, *target.c_args, *target.cxx_args)
    driver, _ = flags.split_linker_words(_link_args(target, context))
    return (*flags.for_link(language), *driver)


def _linker_words(target: Target, context: _Context) -> tuple[str, ...]:
    """The linker's own arguments, which go straight to it, before the inputs."""
    members = (target, *_static_members(target, context))
    words = [word for member in members
             for word in flags.split_linker_words(_link_args(member, context))[1]]
    if any(member.kind is Kind.SHARED_LIBRARY for member in context.targets.closures[target.name]):
        words = ["-rpath", "$ORIGIN", *words]
    if target.kind is Kind.SHARED_LIBRARY:
        words = ["-soname", f"lib{target.name}.so", *words]
    if context.site.toolchain.link_runs:
        # Its driver says no level; the parts of regular LTO need it.
        words = [f"--lto-O{flags.backend_level(target.optimize)}", *words]
    return tuple(words)


def _link_args(target: Target, context: _Context) -> tuple[str, ...]:
    return tuple(word.replace("{root}", context.root) for word in target.link_args)


def _libraries(target: Target, context: _Context) -> Iterator[str]:
    for name in target.libraries:
        if "/" in name or name.endswith((".a", ".so", ".o")):
            yield seen_from_build(context.root, name)
        else:
            yield f"-l{name}"


