"""One link of SCons as a link unit: its line of inputs, and what the driver is asked."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace
from SCons.Errors import UserError as SconsError
from SCons.Node.FS import File

from ltogen.clang import flags
from ltogen.lower import driver_args, forms, merge, passes, typed
from ltogen.lower.forms import driver_options
from ltogen.model import layout
from ltogen.model.action import Action
from ltogen.model.link_unit import (
    FinalLink,
    LinkUnit,
    MergedLinkUnit,
    MergedModule,
    ThinLinkUnit,
    ThinModule,
)
from ltogen.model.project import Lto
from ltogen.scons import libraries
from ltogen.scons.compilers import flags_behind, is_for_cxx
from ltogen.scons.modules import Modules
from ltogen.scons.request import Request, behind_aliases
from ltogen.scons.words import subst

# As SCons has them in LINKCOM and SHLINKCOM.
_FLAGS = {False: "$LINKFLAGS $__RPATH", True: "$SHLINKFLAGS $__SHLIBVERSIONFLAGS $__RPATH"}


def unit(request: Request, modules: Modules) -> tuple[Action, LinkUnit]:
    """What asks the driver, and the link."""
    env, settings = request.env, request.settings
    form = forms.OF_MODE[request.lto]
    own = modules.code(request, form)
    driver, flagged = libraries.among_flags(
        request, modules, form, subst(env, _FLAGS[request.for_shared_library], request.product))
    named = libraries.named(request, modules, form, static="-static" in driver)
    all_code = (*flagged.opened, own, *named.opened)
    taken = list(dict.fromkeys(module for code in all_code for module in code.modules))
    objects = [word for code in all_code for word in code.objects]
    cxx = any(code.cxx for code in all_code) or is_for_cxx(
        subst(env, "$LINK"), settings.toolchain.cxx)
    pic = request.for_shared_library or flags.position_independent(driver, settings.toolchain.pie)
    path = request.product.get_internal_path()
    linker = settings.toolchain.link_cxx if cxx else settings.toolchain.link_cc
    asked = driver_args.ask(
        linker, _driver_words(request, driver, pic=pic),
        (*subst(env, "$_LIBDIRFLAGS", request.product), *flagged.rest, *named.rest), path,
        settings.site)
    files = (*objects, *flagged.files, *named.files, *_paths_of(request.product.depends))
    line = _once((*flagged.line, *own.line, *named.line), {module.bitcode for module in taken})
    final = FinalLink(layout.below(path), path, line, files, asked.stem,
                      typed=_typed(request, linker, path),
                      outputs=tuple(node.get_internal_path() for node in request.more),
                      order_only=_paths_of(request.product.prerequisites or ()))
    # (The driver is asked again when a response file among its words says something else.)
    action = replace(asked.action, implicit=(*asked.action.implicit, *(
        word[1:] for word in driver if word.startswith("@"))))
    return action, _of_kind(request, final, tuple(taken), pic=pic)


def _typed(request: Request, driver: tuple[str, ...], path: str) -> tuple[str, ...]:
    """The link as SCons itself would run it, of the sources that the user named."""
    expand = functools.partial(subst, request.env, target=request.product)
    return (*typed.driver(driver), "-o", path, *expand(_FLAGS[request.for_shared_library]),
            *(node.get_internal_path() for node in request.files()),
            *expand("$_LIBDIRFLAGS $_LIBFLAGS"))


def _once(line: tuple[str, ...], modules: set[str]) -> tuple[str, ...]:
    """The line without modules of archives that it has before, or outside of archives.

    The linker takes no member a second time, whatever asks for it.
    """
    depths = list(itertools.accumulate(
        (word == "--start-lib") - (word == "--end-lib") for word in line))
    seen = {word for word, depth in zip(line, depths, strict=True) if not depth}
    kept: list[str] = []
    for word, depth in zip(line, depths, strict=True):
        if not (depth and word in modules and word in seen):
            kept.append(word)
        seen.add(word)
    return tuple(kept)


def _of_kind(request: Request, final: FinalLink, modules: tuple[ThinModule, ...], *,
             pic: bool) -> LinkUnit:
    own = _passes(request)
    if own and request.lto is not Lto.FAT:
        raise SconsError(f"{final.product}: LTOGEN_PASSES: a pass over the whole program needs "
                         "FatLTOProgram, or LTOGEN_LTO='fat'")
    if not modules:
        return final
    if request.lto is Lto.THIN:
        return ThinLinkUnit(final, modules, pic)
    merged = tuple(MergedModule(one.path, one.bitcode, one.size) for one in modules)
    if request.lto is Lto.FAT:
        return MergedLinkUnit(final, merged, request.lto,
                          passes.options(own, flags.backend_level(request.settings.opt)),
                          request.settings.partitions, passes.plugins(own))
    return merge.combined(final, merged, request.settings.opt)


def _passes(request: Request) -> tuple[str, ...]:
    """The pass plugins that the environment names, by nodes or by paths as SCons reads them."""
    env = request.env
    given = env.Flatten(env["LTOGEN_PASSES"])
    if given:
        passes.check_loads(f"{request.product}: LTOGEN_PASSES", request.settings.toolchain)
    words = (env.subst(one) if isinstance(one, str) else f"#{one.get_internal_path()}"
             for one in given)
    return passes.placed(tuple(words), lambda path: str(env.fs.File(path).get_internal_path()))


def _driver_words(request: Request, driver: tuple[str, ...], *, pic: bool) -> tuple[str, ...]:
    options = driver_options(request.kind, request.lto, request.settings.toolchain, pic=pic)
    language = (*_behind_compiler(request),
                *subst(request.env, "$CCFLAGS $CFLAGS $CXXFLAGS", request.product))
    level = flags.backend_level(flags.optimization_level(language, request.settings.opt))
    return (*options, f"-O{level}", *flags.for_link(language), *driver)


def _behind_compiler(request: Request) -> tuple[str, ...]:
    """Flags that `CC` has behind the compiler, such as `-m32`: SCons links by it, too."""
    words = subst(request.env, "$CC", request.product)
    return flags_behind(request.env, words, request.settings.toolchain.cc) or ()


def _paths_of(nodes: Iterable[Any]) -> tuple[str, ...]:
    """The files that users made a product depend on."""
    return tuple(node.get_internal_path() for node in behind_aliases(nodes)
                 if isinstance(node, File))
