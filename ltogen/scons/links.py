"""One link of SCons as a link unit: its line of inputs, and what the driver is asked."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ltogen import flags, layout
from ltogen.lower import forms, merge
from ltogen.lower.link_words import driver_options
from ltogen.lower.linker_line import linker_line
from ltogen.model import (
    Action,
    FinalLink,
    Form,
    Lto,
    MergedModule,
    MergedUnit,
    ThinModule,
    ThinUnit,
)
from ltogen.scons.modules import Code, Modules
from ltogen.scons.request import Request
from ltogen.scons.words import subst

# As SCons has them in LINKCOM and SHLINKCOM.
_FLAGS = {False: "$LINKFLAGS $__RPATH", True: "$SHLINKFLAGS $__SHLIBVERSIONFLAGS $__RPATH"}


def unit(request: Request, modules: Modules) -> tuple[Action, ThinUnit | MergedUnit | FinalLink]:
    """What asks the driver, and the link."""
    env, said = request.env, request.said
    form = forms.OF_MODE[request.lto]
    own = modules.code(request, form)
    libraries = _libraries(request, modules, form)
    driver, linker = flags.split_linker_words(subst(env, _FLAGS[request.shared], request.product))
    words = [*linker, *own.line]
    for code in libraries.opened:
        words += ["--start-lib", *code.line, "--end-lib"]
    made = [node.get_internal_path() for node in libraries.made]
    for path in made:
        # By their names: as a path, one would be looked for at that path.
        folder, _, name = path.rpartition("/")
        words += [f"-L{folder or '.'}", f"-l:{name}"]
    all_code = (own, *libraries.opened)
    taken = [module for code in all_code for module in code.modules]
    bitcode = {module.bitcode for module in taken}
    objects = [word for code in all_code for word in code.line if word not in bitcode]
    cxx = any(code.cxx for code in all_code)
    pic = request.shared or flags.position_independent(driver, said.toolchain.pie)
    asked = linker_line(
        said.toolchain.link_cxx if cxx else said.toolchain.link_cc,
        _driver_words(request, driver, pic=pic),
        (*subst(env, "$_LIBDIRFLAGS", request.product), *libraries.words), said.site)
    path = request.product.get_internal_path()
    final = FinalLink(layout.below(path), path, tuple(words), (*objects, *made), asked.stem)
    return asked.action, _of_kind(request, final, tuple(taken), pic=pic)


def _of_kind(request: Request, final: FinalLink, modules: tuple[ThinModule, ...], *,
             pic: bool) -> ThinUnit | MergedUnit | FinalLink:
    if not modules:
        return final
    if request.lto is Lto.THIN:
        return ThinUnit(final, modules, pic)
    merged = tuple(MergedModule(one.path, one.bitcode, one.size) for one in modules)
    if request.lto is Lto.FAT:
        return MergedUnit(final, merged, request.lto, (), request.said.partitions)
    return merge.combined(final, merged, request.said.opt)


def _driver_words(request: Request, driver: tuple[str, ...], *, pic: bool) -> tuple[str, ...]:
    options = driver_options(request.kind, request.lto, request.said.toolchain, pic=pic)
    language = subst(request.env, "$CCFLAGS $CFLAGS $CXXFLAGS", request.product)
    level = flags.backend_level(flags.optimization_level(language, request.said.opt))
    return (*options, f"-O{level}", *flags.for_link(language), *driver)


class _Libraries(Struct):
    """A link's libraries: opened ones, others that this run makes, and words for the rest."""

    opened: list[Code]
    made: list[Any]
    words: tuple[str, ...]


def _libraries(request: Request, modules: Modules, form: Form) -> _Libraries:
    env = request.env
    found = _Libraries([], [], ())
    others: list[Any] = []
    for library in env.Flatten(env.get("LIBS", [])):
        node = _node_of(env, modules, library, "${LIBPREFIX}", "${LIBSUFFIX}")
        code = modules.archive(node, form, request) if node is not None else None
        shared = _node_of(env, modules, library, "${SHLIBPREFIX}", "${SHLIBSUFFIX}")
        if shared is not None and isinstance(library, str):
            found.made.append(modules.linked(shared))  # the linker prefers it
        elif code is not None:
            found.opened.append(code)
        elif node is not None and (node.has_builder() or modules.makes(node)):
            found.made.append(node)
        else:
            others.append(library)
    found.words = subst(env.Override({"LIBS": others}), "$_LIBFLAGS", request.product)
    return found


def _node_of(env: Any, modules: Modules, library: Any, prefix: str, suffix: str) -> Any:
    """The node of a library that is named as SCons names them; None if it is made elsewhere."""
    if not isinstance(library, str):
        return library
    # SCons lets a library be named with its prefix too.
    name = env.subst(f"{prefix}{library.removeprefix(env.subst(prefix))}{suffix}")
    for folder in env.Flatten(env.get("LIBPATH", [])):
        for where in env.arg2nodes(env.subst(str(folder)), env.fs.Dir):
            node = env.fs.File(name, where)
            if node.has_builder() or node.side_effect or modules.makes(node):
                return node
    return None
