"""Plans a project: every target's sources, links and archives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ltogen.base.errors import UserError
from ltogen.frontends.project import compile as compiling
from ltogen.frontends.project import contradictions, forms
from ltogen.frontends.project import target_graph as graph
from ltogen.frontends.project.compile import Compiled
from ltogen.frontends.project.compile_words import Wanted
from ltogen.frontends.project.libraries import Libraries
from ltogen.frontends.project.link_words import Context, asked
from ltogen.frontends.project.links import AnyCode, Code, link_unit, opened, product
from ltogen.lower import link_units, plain
from ltogen.model import layout
from ltogen.model.action import Action
from ltogen.model.link_unit import Form, MergedModule, ThinModule
from ltogen.model.plan import Compilation, Plan
from ltogen.model.project import Kind, Lto, SourceFile, Target
from ltogen.model.site import Site
from ltogen.model.toolchain import Toolchain


def plan(members: Sequence[Target], files: Mapping[str, tuple[SourceFile, ...]], root: str,
         folder: str, site: Site, merges: int = 1) -> Plan:
    """The plan that builds the targets `members`, whose sources are `files`.

    `root` is the project as seen from the build directory `folder`; `merges` of its links may
    merge their modules at once. Raises UserError for targets that cannot be linked as they say.
    """
    members = [_placed(target, root) for target in members]
    targets = graph.build(members)
    _check_products(members)
    archived = {name for name, target in targets.targets.items()
                if target.kind is Kind.STATIC_LIBRARY}
    libraries = Libraries(root, folder, site)
    foreign = [target.name for target in members if libraries.opened(target)]
    context = Context(targets, files, forms.needed(targets, files, archived, foreign), libraries,
                      root, site)
    contradictions.check(targets, context.forms)
    code, compiled = _compile_all(context)
    # What no form changes, such as assembler, is compiled once.
    unique = {action.outputs: action for one in compiled for action in one.actions}
    actions = list(unique.values())
    actions += _link_all(code, context)
    actions += _archive_all(code, context)
    actions += libraries.actions
    # An editor wants one way to compile a target's source.
    entries: dict[tuple[str, str], Compilation] = {}
    for one in compiled:
        for entry in one.compilations:
            entries.setdefault((one.target.name, entry.source), entry)
    return Plan(
        actions=tuple(actions),
        compilations=tuple(entries.values()),
        aliases=tuple((target.name, (product(target),)) for target in members),
        defaults=tuple(product(target) for target in members if _default(target, targets)),
        merges=merges,
        reads=libraries.reads,
    )


def _placed(target: Target, root: str) -> Target:
    """The target with the project's folder in the place of `{root}`, whoever reads its words."""
    places = {key: tuple(word.replace("{root}", root) for word in getattr(target, key))
              for key in ("compile_args", "c_args", "cxx_args", "link_args")}
    return msgspec.structs.replace(target, **places)


def _compile_all(context: Context) -> tuple[Code, list[AnyCode]]:
    """The code of all targets: for look-up, and in the order of the targets."""
    compiled: list[AnyCode] = []
    standalone: dict[str, AnyCode] = {}
    thin_code: dict[str, Compiled[ThinModule]] = {}
    merged: dict[tuple[str, Form], Compiled[MergedModule]] = {}
    for name, target in context.targets.targets.items():
        own = forms.standalone(context.forms[name])
        # (An editor gets the command of the first: the one that is nearest to a plain compile.)
        for form in sorted(context.forms[name], key=lambda form: (form != Form.PRE_CODEGEN, form)):
            wanted = Wanted(target, context.files[name], form,
                            name in context.targets.in_shared_library,
                            target.embed_bitcode and form is own is not Form.NATIVE)
            if form in (Form.THIN, Form.UNIFIED):
                thin_code[name] = compiling.for_thin_links(wanted, context.root, context.site)
                compiled.append(thin_code[name])
                if form is Form.UNIFIED:
                    merged[name, form] = compiling.as_merged(thin_code[name])
            else:
                merged[name, form] = compiling.for_merges(wanted, context.root, context.site)
                compiled.append(merged[name, form])
            if form is own:
                standalone[name] = compiled[-1]
    return Code(thin_code, merged, standalone), compiled


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
    """Whether a target is built by default: not a static library of others, unless it says so."""
    if target.default is not None:
        return target.default
    return target.kind is not Kind.STATIC_LIBRARY or target.name not in targets.depended


def _link_all(code: Code, context: Context) -> Iterator[Action]:
    linked = [target for target in context.targets.targets.values()
              if target.kind is not Kind.STATIC_LIBRARY]
    lines = [asked(target, product(target), context) for target in linked]
    yield from {line.stem: line.action for line in lines}.values()
    yield from link_units.lower([(link_unit(target, line, code, context), context.site)
                                 for target, line in zip(linked, lines, strict=True)])


def _archive_all(code: Code, context: Context) -> Iterator[Action]:
    """Static libraries, and the native objects that they and links without LTO need."""
    site = context.site
    non_lto = {member.name
               for target in context.targets.targets.values() if target.lto is Lto.OFF
               for member in forms.static_members(target, context.targets)}
    for target in context.targets.targets.values():
        archived = target.kind is Kind.STATIC_LIBRARY
        if archived or target.name in non_lto:
            natives = ((module, plain.native_of(module, site))
                       for module in code.standalone[target.name].modules)
            yield from plain.backends(target.name, natives, site)
        if archived:
            _need_archiver(target, site.toolchain)
            yield plain.archive(product(target), target.name, code.natives(target.name, site), site)
    yield from _opened_non_lto(context)


def _opened_non_lto(context: Context) -> Iterator[Action]:
    """Native objects of opened libraries, for links without LTO."""
    modules = {module.path: module for target in context.targets.targets.values()
               if target.lto is Lto.OFF and target.kind is not Kind.STATIC_LIBRARY
               for one in opened(target, context) for module in one.modules}
    yield from plain.backends(layout.LIBRARIES, ((module, plain.native_of(module, context.site))
                                       for module in modules.values()), context.site)


def _need_archiver(target: Target, toolchain: Toolchain) -> None:
    if not toolchain.ar:
        raise UserError(f"[targets.{target.name}]: no archiver for a static library; install "
                        f"llvm-{toolchain.major}, or name one with 'ar' under [toolchain]")
