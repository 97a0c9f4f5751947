"""One link of SCons as a link unit: its line of inputs, and what the driver is asked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from SCons.Errors import UserError as SconsError
from SCons.Node.FS import File
from SCons.Scanner import FindPathDirs

from ltogen.clang import flags
from ltogen.linker import driver_words
from ltogen.lower import driver_args, forms, merge, passes
from ltogen.lower.forms import driver_options
from ltogen.model import layout
from ltogen.model.action import Action
from ltogen.model.link_unit import (
    FinalLink,
    Form,
    LinkUnit,
    MergedLinkUnit,
    MergedModule,
    ThinLinkUnit,
    ThinModule,
)
from ltogen.model.project import Lto
from ltogen.scons.modules import Code, Modules
from ltogen.scons.request import Request
from ltogen.scons.words import subst

# As SCons has them in LINKCOM and SHLINKCOM.
_FLAGS = {False: "$LINKFLAGS $__RPATH", True: "$SHLINKFLAGS $__SHLIBVERSIONFLAGS $__RPATH"}


def unit(request: Request, modules: Modules) -> tuple[Action, LinkUnit]:
    """What asks the driver, and the link."""
    env, said = request.env, request.settings
    form = forms.OF_MODE[request.lto]
    own = modules.code(request, form)
    driver, linker = _flags(request)
    libraries = _libraries(request, modules, form, static="-static" in driver)
    words = [*linker, *own.line, *libraries.line]
    all_code = (own, *libraries.opened)
    taken = [module for code in all_code for module in code.modules]
    bitcode = {module.bitcode for module in taken}
    objects = [word for code in all_code for word in code.line if word not in bitcode]
    cxx = any(code.cxx for code in all_code) or subst(env, "$LINK") == said.toolchain.cxx
    pic = request.for_shared_library or flags.position_independent(driver, said.toolchain.pie)
    path = request.product.get_internal_path()
    asked = driver_args.ask(
        said.toolchain.link_cxx if cxx else said.toolchain.link_cc,
        _driver_words(request, driver, pic=pic),
        (*subst(env, "$_LIBDIRFLAGS", request.product), *libraries.rest), path,
        said.site)
    files = (*objects, *libraries.files, *_said_of(request.product.depends))
    final = FinalLink(layout.below(path), path, tuple(words), files, asked.stem,
                      order_only=_said_of(request.product.prerequisites or ()))
    return asked.action, _of_kind(request, final, tuple(taken), pic=pic)


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
        passes.check_loads("LTOGEN_PASSES", request.settings.toolchain)
    words = (env.subst(one) if isinstance(one, str) else f"#{one.get_internal_path()}"
             for one in given)
    return passes.placed(tuple(words), lambda path: str(env.fs.File(path).get_internal_path()))


def _driver_words(request: Request, driver: tuple[str, ...], *, pic: bool) -> tuple[str, ...]:
    options = driver_options(request.kind, request.lto, request.settings.toolchain, pic=pic)
    language = subst(request.env, "$CCFLAGS $CFLAGS $CXXFLAGS", request.product)
    level = flags.backend_level(flags.optimization_level(language, request.settings.opt))
    return (*options, f"-O{level}", *flags.for_link(language), *driver)


def _flags(request: Request) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The link's flags: for the driver, and for the linker itself."""
    words = subst(request.env, _FLAGS[request.for_shared_library], request.product)
    kinds = {kind for kind, _ in driver_words.pieces(words)}
    if kinds & {driver_words.INPUT, driver_words.LIBRARY}:
        # Libraries among the flags, and what is said of those between: their order counts.
        return words, ()
    return driver_words.split(words)


def _said_of(nodes: Iterable[Any]) -> tuple[str, ...]:
    """The files that users made a product depend on."""
    found = (node.disambiguate() for node in nodes)
    return tuple(node.get_internal_path() for node in found if isinstance(node, File))


class _Libraries(Struct):
    """A link's libraries: in its line, with the files that counts on; the rest is the driver's."""

    line: list[str]
    opened: list[Code]
    files: list[str]
    rest: tuple[str, ...]


def _libraries(request: Request, modules: Modules, form: Form, *, static: bool) -> _Libraries:
    env = request.env
    found = _Libraries([], [], [], ())
    others: list[Any] = []
    # The linker prefers shared ones.
    kinds = (*(() if static else (("$SHLIBPREFIX", "$SHLIBSUFFIX"),)),
             ("$LIBPREFIX", "$LIBSUFFIX"))
    places = [(folder, env.subst(prefix), env.subst(suffix))
              for folder in FindPathDirs("LIBPATH")(env, env.fs.getcwd())
              for prefix, suffix in kinds]
    for library in _names(env):
        node = _node_of(env, modules, library, places)
        code = modules.archive(node, form, request) if node is not None else None
        if code is not None:
            found.opened.append(code)
            found.line += ["--start-lib", *code.line, "--end-lib"]
        elif node is not None:
            path = modules.linked(node).get_internal_path()
            found.files.append(path)
            found.line += _words_for(env, path) if isinstance(library, str) else [path]
        else:
            others.append(library)
    found.rest = subst(env.Override({"LIBS": others}), "$_LIBFLAGS", request.product)
    return found


def _words_for(env: Any, path: str) -> list[str]:
    """A library as the linker should find it: a shared one by its name.

    As a path, it would be looked for at that path when the program starts.
    """
    if path.endswith(env.subst("$LIBSUFFIX")):
        return [path]
    folder, _, name = path.rpartition("/")
    return [f"-L{folder or '.'}", f"-l:{name}"]


def _names(env: Any) -> Iterator[Any]:
    for library in env.Flatten(env.get("LIBS", [])):
        if isinstance(library, str):
            yield from env.subst(library).split()
        else:
            yield library


def _node_of(env: Any, modules: Modules, library: Any,
             places: Iterable[tuple[Any, str, str]]) -> Any:
    """The node of a library that is in the project; None if the driver is to look for it.

    `places` are folders, each with a prefix and a suffix of names.
    """
    if not isinstance(library, str):
        return library
    for folder, prefix, suffix in places:
        # SCons lets a library be named with its prefix and suffix too.
        name = library.removeprefix(prefix).removesuffix(suffix)
        node = env.fs.File(f"{prefix}{name}{suffix}", folder)
        if (node.has_builder() or node.side_effect or modules.makes(node)
                or os.path.isfile(node.get_abspath())):
            return node
    return None
