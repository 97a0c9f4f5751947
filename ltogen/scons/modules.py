"""Sources and objects of SCons as modules: each is compiled to bitcode by its own environment."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
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


class _Known(Struct, frozen=True):
    """A module, and what it was asked for with."""

    module: ThinModule
    env: Any
    source: Any
    shared: bool

    def same(self, env: Any, source: Any, shared: bool) -> bool:
        """Whether another call means the same compile."""
        if source is not self.source or shared != self.shared:
            return False
        if env is self.env:
            return True
        command = _command(cxx=source.get_suffix() in _CXX, shared=shared)
        return bool(env.subst_list(command) == self.env.subst_list(command))


class Modules:
    """Every module that was asked for; two links that take one object share its bitcode."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._known: dict[tuple[str, Form], _Known] = {}
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
        if _is_by(node, "StaticLibrary") and all(map(_is_object, node.sources)):
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
            source = getattr(env, _GENERATED[suffix])(source)[0]
            suffix = source.get_suffix()
        name = "SharedObject" if shared else "StaticObject"
        if suffix not in env["BUILDERS"][name].src_suffixes(env):
            code.line.append(source.get_internal_path())  # an archive, say, for the linker
            return
        if form is Form.NATIVE or suffix not in (*_C, *_CXX) or not _takes_flags(
                env, cxx=suffix in _CXX, shared=shared):
            (native,) = getattr(env, name)(source)
            code.line.append(native.get_internal_path())
            return
        folder, slash, base = source.get_internal_path().removesuffix(suffix).rpartition("/")
        around = ("$SHOBJPREFIX", "$SHOBJSUFFIX") if shared else ("$OBJPREFIX", "$OBJSUFFIX")
        prefix, object_suffix = map(env.subst, around)
        self._add_module(code, env, source, f"{folder}{slash}{prefix}{base}{object_suffix}", form,
                         said, shared=shared)

    def _add_object(self, code: Code, node: Any, form: Form, said: Settings) -> None:
        """An object of SCons's own: what it is made of, made to bitcode by the same flags."""
        source = node.sources[0] if node.has_builder() and len(node.sources) == 1 else None
        cxx = source is not None and source.get_suffix() in _CXX
        code.cxx = code.cxx or cxx
        shared = bool(getattr(node.attributes, "shared", False))
        if (form is Form.NATIVE or source is None or source.get_suffix() not in (*_C, *_CXX)
                or not _is_by(node, "SharedObject" if shared else "StaticObject")
                or not _takes_flags(node.get_executor().get_build_env(), cxx=cxx, shared=shared)):
            code.line.append(node.get_internal_path())
            return
        env = node.get_executor().get_build_env()
        with inside(env, node.cwd or env.fs.Top):
            self._add_module(code, env, source, node.get_internal_path(), form, said,
                             shared=shared, like=node)

    def _add_module(self, code: Code, env: Any, source: Any, path: str, form: Form,
                    said: Settings, *, shared: bool, like: Any = None) -> None:
        key = layout.inside(path)
        known = self._known.get((key, form))
        if known is None:
            module = self._compile(env, source, key, form, said, shared=shared, like=like)
            known = self._known[key, form] = _Known(module, env, source, shared)
        elif not known.same(env, source, shared):
            raise SconsError(f"Two environments with different actions were specified for the same "
                             f"target: {path} (two links want it; give one another OBJPREFIX)")
        code.modules.append(known.module)
        code.line.append(known.module.bitcode)

    def _compile(self, env: Any, source: Any, key: str, form: Form, said: Settings, *,
                 shared: bool, like: Any) -> ThinModule:
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
        if like is not None:
            # What users said of the object counts for its bitcode.
            env.Depends(node, like.depends)
            env.Requires(node, list(like.prerequisites or ()))
            env.Ignore(node, like.ignore)
            node.set_always_build(like.always_build)
        # The linker takes it for what it is; SCons's own would mix up static and shared.
        backend = f"-O{flags.backend_level(flags.optimization_level(words, said.opt))}"
        model = "-fPIC" if shared or said.toolchain.pie else "-fno-pie"
        # (Of its origin: to ask a source in a variant folder has SCons put it there, anew.)
        origin = source.srcnode()
        size = origin.get_size() if origin.exists() else 0
        return ThinModule(
            key, bitcode, size, (backend, *flags.for_plain_backend(words), model),
            flags.files_read(words), thin=form is Form.THIN,
            backend_flags=(backend, *flags.for_backend(words)))


def _is_object(node: Any) -> bool:
    return node.get_suffix() in _OBJECTS


def _is_by(node: Any, name: str) -> bool:
    """Whether a node is made by one of SCons's builders, and by nothing else."""
    if not node.has_builder():
        return False
    executor = node.get_executor()
    return (node.get_builder() is node.get_env()["BUILDERS"].get(name)
            and not executor.pre_actions and not executor.post_actions)


def _command(*, cxx: bool, shared: bool) -> str:
    return f"${'SH' if shared else ''}{'CXX' if cxx else 'CC'}COM"


def _takes_flags(env: Any, *, cxx: bool, shared: bool) -> bool:
    """Whether a compile can be told what to make, and by the compiler's own flags is not."""
    flags_of_both = "SHCCFLAGS" if shared else "CCFLAGS"
    command = str(env.get(_command(cxx=cxx, shared=shared)[1:], ""))
    return flags_of_both in command and "-fno-lto" not in _words(env, cxx=cxx, shared=shared)


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
