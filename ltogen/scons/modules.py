"""Sources and objects of SCons as modules: each is compiled to bitcode by its own environment."""

from __future__ import annotations

from typing import Any

from SCons.Errors import UserError as SconsError
from SCons.Util import CLVar

from ltogen import flags, layout
from ltogen.lower.forms import FLAGS
from ltogen.model import Form, Kind, ThinModule
from ltogen.scons.pending import inside
from ltogen.scons.request import Request
from ltogen.scons.settings import Settings
from ltogen.scons.words import subst
from ltogen.write.scons import Nodes

_C = (".c", ".m", ".i")
_CXX = (".cc", ".cpp", ".cxx", ".c++", ".C", ".mm", ".ii")
COMPILED = (*_C, *_CXX, ".S")  # by a compiler that says which headers it read
_OBJECTS = (".o", ".os", ".obj", ".lo")
_GENERATED = {".y": "CFile", ".l": "CFile", ".yy": "CXXFile", ".ll": "CXXFile"}


class Code:
    """What a link takes of some sources, in their order."""

    def __init__(self) -> None:
        self.line: list[str] = []
        self.modules: list[ThinModule] = []
        self.cxx = False


class Modules:
    """Every module that was asked for; two links that take one object share its bitcode."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._known: dict[tuple[str, Form], ThinModule] = {}
        self._libraries: dict[str, Request] = {}

    def remember(self, request: Request) -> None:
        """Note a library, so that links can open it or wait for it."""
        links = getattr(request.product.attributes, "shliblinks", [])
        for node in (request.product, *(link for link, _ in links)):
            self._libraries[node.get_internal_path()] = request

    def makes(self, node: Any) -> bool:
        """Whether it is a library that one of our builders was asked for, or a link to it."""
        return node.get_internal_path() in self._libraries

    def linked(self, node: Any) -> Any:
        """The library itself where `node` is a symbolic link to one of ours."""
        known = self._libraries.get(node.get_internal_path())
        return known.product if known else node

    def archive(self, node: Any, form: Form, by: Request) -> Code | None:
        """The members of an archive that this run makes; None if it is to be linked as it is."""
        if form is Form.NATIVE:
            return None
        known = self._libraries.get(node.get_internal_path())
        if known is not None and known.kind is Kind.STATIC_LIBRARY:
            return self.code(known, form)
        if node.has_builder() and node.sources and all(map(_is_object, node.sources)):
            return self.code(Request(node.get_env(), Kind.STATIC_LIBRARY, by.lto, by.said, node,
                                     node.sources, node.cwd or by.folder), form)
        return None

    def code(self, request: Request, form: Form) -> Code:
        """The modules and objects that stand for what a builder was given."""
        code = Code()
        with inside(request.env, request.folder):
            for source in request.sources:
                self._add(code, request.env, source, form, request.said, shared=request.shared)
        return code

    def _add(self, code: Code, env: Any, source: Any, form: Form, said: Settings, *,
             shared: bool) -> None:
        if _is_object(source):
            self._add_object(code, source, form, said)
            return
        code.cxx = code.cxx or source.get_suffix() in (*_CXX, ".yy", ".ll")
        suffix = source.get_suffix()
        if suffix in _GENERATED:
            (source,) = getattr(env, _GENERATED[suffix])(source)
            suffix = source.get_suffix()
        builder = env.SharedObject if shared else env.StaticObject
        if form is Form.NATIVE or suffix not in (*_C, *_CXX):
            (native,) = builder(source)
            code.line.append(native.get_internal_path())
            return
        stem = source.get_internal_path().removesuffix(suffix)
        object_suffix = env.subst("$SHOBJSUFFIX" if shared else "$OBJSUFFIX")
        self._add_module(code, env, source, stem + object_suffix, form, said, shared=shared)

    def _add_object(self, code: Code, node: Any, form: Form, said: Settings) -> None:
        """An object of SCons's own: what it is made of, made to bitcode by the same flags."""
        source = node.sources[0] if node.has_builder() and len(node.sources) == 1 else None
        code.cxx = code.cxx or (source is not None and source.get_suffix() in _CXX)
        if form is Form.NATIVE or source is None or source.get_suffix() not in (*_C, *_CXX):
            code.line.append(node.get_internal_path())
            return
        env = node.get_executor().get_build_env()
        shared = bool(getattr(node.attributes, "shared", False))
        with inside(env, node.cwd or env.fs.Top):
            self._add_module(code, env, source, node.get_internal_path(), form, said,
                             shared=shared)

    def _add_module(self, code: Code, env: Any, source: Any, path: str, form: Form,
                    said: Settings, *, shared: bool) -> None:
        key = layout.inside(path)
        if (key, form) not in self._known:
            self._known[key, form] = self._compile(env, source, key, form, said, shared=shared)
        module = self._known[key, form]
        code.modules.append(module)
        code.line.append(module.bitcode)

    def _compile(self, env: Any, source: Any, key: str, form: Form, said: Settings, *,
                 shared: bool) -> ThinModule:
        cxx = source.get_suffix() in _CXX
        _check_compiler(env, source, said, cxx=cxx)
        words = _words(env, cxx=cxx, shared=shared)
        level = () if any(word.startswith("-O") for word in words) else (f"-O{said.opt}",)
        bitcode = said.site.layout.code(form) + key
        builder = env.SharedObject if shared else env.StaticObject
        flags_of_both = "SHCCFLAGS" if shared else "CCFLAGS"
        (node,) = builder(self._nodes.raw(bitcode), source, **{
            flags_of_both: [*FLAGS[form], *level, *CLVar(env.get(flags_of_both, []))]})
        env.Depends(node, self._nodes.raw(said.site.layout.toolchain))
        # The linker takes it for what it is; SCons's own would mix up static and shared.
        backend = f"-O{flags.backend_level(flags.optimization_level(words, said.opt))}"
        model = "-fPIC" if shared or said.toolchain.pie else "-fno-pie"
        size = source.get_size() if source.exists() else 0
        return ThinModule(
            key, bitcode, size, (backend, *flags.for_plain_backend(words), model),
            flags.files_read(words), thin=form is Form.THIN,
            backend_flags=(backend, *flags.for_backend(words)))


def _is_object(node: Any) -> bool:
    return node.get_suffix() in _OBJECTS


def _words(env: Any, *, cxx: bool, shared: bool) -> tuple[str, ...]:
    """The flags of a compile that are about code, as the command will have them."""
    name = f"{'SH' if shared else ''}{'CXX' if cxx else 'C'}FLAGS"
    both = "$SHCCFLAGS" if shared else "$CCFLAGS"
    return subst(env, f"${name} {both}")


def _check_compiler(env: Any, source: Any, said: Settings, *, cxx: bool) -> None:
    """Bitcode of another compiler could not be linked."""
    name = "CXX" if cxx else "CC"
    driver = subst(env, f"${name}")
    wanted = said.toolchain.cxx if cxx else said.toolchain.cc
    if driver != wanted:
        raise SconsError(f"{source}: {name} is {' '.join(driver)}, and ThinLTO needs the clang of "
                         f"the tool 'ltogen' ({' '.join(wanted)}): do not set {name} behind it")
