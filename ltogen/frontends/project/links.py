"""The links of a project: the inputs of each link, and its LTO mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from ltogen.base.errors import UserError
from ltogen.clang import flags
from ltogen.frontends.prebuilt import Members
from ltogen.frontends.project import forms
from ltogen.frontends.project.compile import Compiled
from ltogen.frontends.project.compile_words import seen_from_build
from ltogen.frontends.project.link_words import Context, linker_words, pic, typed_link
from ltogen.lower import merge, passes, plain
from ltogen.lower.driver_args import DriverArgs
from ltogen.model import layout
from ltogen.model.link_unit import (
    FinalLink,
    Form,
    LinkUnit,
    MergedLinkUnit,
    MergedModule,
    ThinLinkUnit,
    ThinModule,
)
from ltogen.model.project import Kind, Language, Lto, Target
from ltogen.model.site import Site

_NATIVE = (Language.ASSEMBLER, Language.ASSEMBLER_WITH_CPP, Language.OBJECT)
AnyCode = Compiled[ThinModule] | Compiled[MergedModule]


class Code(Struct, frozen=True):
    """The code of every target, by name, or by name and form."""

    thin: Mapping[str, Compiled[ThinModule]]
    merged: Mapping[tuple[str, Form], Compiled[MergedModule]]
    standalone: Mapping[str, AnyCode]  # whose modules become code without any other's

    def natives(self, name: str, site: Site) -> tuple[str, ...]:
        """The native objects of a target, also those made from bitcode."""
        code = self.standalone[name]
        natives = {module.bitcode: plain.native_of(module, site) for module in code.modules}
        return tuple(natives.get(path, path) for path in code.line)


def product(target: Target) -> str:
    """Path of what `target` makes."""
    names = {
        Kind.EXECUTABLE: target.name,
        Kind.SHARED_LIBRARY: f"lib{target.name}.so",
        Kind.STATIC_LIBRARY: f"lib{target.name}.a",
    }
    return f"{layout.OUT}/{names[target.kind]}"


def link_unit(target: Target, line: DriverArgs, code: Code, context: Context) -> LinkUnit:
    """The link of one executable or shared library."""
    if target.lto is Lto.THIN:
        for member in (target, *forms.static_members(target, context.targets)):
            context.libraries.check_arguments(member)
        return _thin(target, line, code, context)
    if target.lto is Lto.OFF:
        natives = {module.bitcode: plain.native_of(module, context.site)
                   for one in opened(target, context) for module in one.modules}
        return _final(target, line, code, {}, natives, context)
    return _merged(target, line, code, context)


def _thin(target: Target, line: DriverArgs, code: Code,
          context: Context) -> ThinLinkUnit | FinalLink:
    taken = {name: code.thin[name] for name in _names(target, context) if name in code.thin}
    _check_split_lto_unit(target, taken, context)
    modules = (*(module for one in taken.values() for module in one.modules),
               *(module for one in opened(target, context) for module in one.modules))
    final = _final(target, line, code, taken, {}, context)
    return ThinLinkUnit(final, modules, pic(target, context)) if modules else final


def _check_split_lto_unit(target: Target, taken: Iterable[str], context: Context) -> None:
    """LLVM refuses a thin link of modules with split LTO units and modules without."""
    found: dict[bool, str] = {}
    for name in taken:
        one = context.targets.targets[name]
        for file in context.files[name]:
            split_lto_unit = file.split_lto_unit
            if file.language in (Language.C, Language.CXX):
                split_lto_unit = flags.splits_lto_unit(one.flags_of(file.language))
            if file.language not in _NATIVE and file.thin:
                found.setdefault(split_lto_unit, file.path)
    for library in opened(target, context):
        found.setdefault(library.split_lto_unit, library.modules[0].bitcode)
    if len(found) > 1:
        raise UserError(
            f"[targets.{target.name}]: {found[False]} is compiled without -fsplit-lto-unit, and "
            f"{found[True]} with it, as CFI and whole-program vtables need; give both the same")


def _merged(target: Target, line: DriverArgs, code: Code,
            context: Context) -> MergedLinkUnit | FinalLink:
    form = forms.of_link(target, context.forms)
    taken = {name: code.merged[name, form] for name in _names(target, context)
             if (name, form) in code.merged}
    others = {module.bitcode: context.libraries.merged(module, form)
              for one in opened(target, context) for module in one.modules}
    modules = (*(module for one in taken.values() for module in one.modules), *others.values())
    final = _final(target, line, code, taken,
                   {name: module.bitcode for name, module in others.items()}, context)
    if not modules:
        return final
    if target.lto is Lto.COMBINE:
        return merge.combined(final, modules, target.optimize)
    unified = ("--lto=full",) if form is Form.UNIFIED else ()
    own = passes.placed(target.passes, lambda path: seen_from_build(context.root, path))
    options = passes.options(own, flags.backend_level(target.optimize))
    return MergedLinkUnit(final, modules, target.lto, (*unified, *options), target.partitions,
                      passes.plugins(own))


def opened(target: Target, context: Context) -> list[Members]:
    """The prebuilt libraries of a link whose members it takes as modules."""
    members = (target, *forms.static_members(target, context.targets))
    return [one for member in members for one in context.libraries.opened(member)]


def _names(target: Target, context: Context) -> tuple[str, ...]:
    return (target.name,
            *(one.name for one in forms.static_members(target, context.targets)))


def _final(target: Target, asked: DriverArgs, code: Code, taken: Mapping[str, AnyCode],
           others: Mapping[str, str], context: Context) -> FinalLink:
    """The link, with the code of each member as it is `taken`, or else native.

    `others` maps the bitcode of opened libraries to its replacement in this link.
    """
    def line(name: str) -> tuple[str, ...]:
        return taken[name].line if name in taken else code.natives(name, context.site)

    def objects(name: str) -> tuple[str, ...]:
        return taken[name].objects if name in taken else code.natives(name, context.site)

    words = [*linker_words(target, context), *line(target.name)]
    needs = [*objects(target.name)]
    for member in context.targets.closures[target.name]:
        if member.kind is Kind.SHARED_LIBRARY:
            words.append(product(member))
            needs.append(product(member))
        else:
            words += ["--start-lib", *line(member.name), "--end-lib"]
            needs += objects(member.name)
    for one in opened(target, context):
        members = [others.get(word, word) for word in one.words]
        words += ["--start-lib", *members, "--end-lib"] if one.archive else members
        needs += [*(others[module.bitcode] for module in one.modules if module.bitcode in others),
                  *one.natives]
    products = map(product, context.targets.closures[target.name])
    return FinalLink(target.name, product(target), tuple(words), tuple(needs), asked.stem,
                     targets=tuple(layout.module_path(name, "")
                                   for name in _names(target, context)),
                     typed=typed_link(target, product(target), products, context))
