"""Sources and objects of SCons as modules: each is compiled to bitcode by its own environment."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from SCons.Errors import UserError as SconsError
from SCons.Util import CLVar

from ltogen.backends.scons import Nodes
from ltogen.base.processes import at_once
from ltogen.clang import flags
from ltogen.codegen_units import partition
from ltogen.codegen_units.partition import Share
from ltogen.lower import cut_sources
from ltogen.lower.forms import FLAGS
from ltogen.model import layout
from ltogen.model.costs import by_size
from ltogen.model.link_unit import Form, ThinModule
from ltogen.model.project import Kind
from ltogen.scons.code import Code
from ltogen.scons.compilers import flags_behind
from ltogen.scons.objects import CXX, C, is_by, is_object, made_of, object_name
from ltogen.scons.pending import inside
from ltogen.scons.request import Request
from ltogen.scons.settings import Settings
from ltogen.scons.words import Expansions

_GENERATED = {".y": "CFile", ".l": "CFile", ".yy": "CXXFile", ".ll": "CXXFile"}


class _Wanted(Struct, frozen=True):
    """One source that a link takes as modules, named after the object `path`.

    `like` is the object that SCons would make of it, if the user named that object. `share` decides
    its number of codegen units; None if the source is not cut.
    """

    env: Any
    source: Any
    path: str
    form: Form
    settings: Settings
    for_shared_library: bool
    share: Share | None
    like: Any = None

    @property
    def cxx(self) -> bool:
        """Whether the C++ compiler takes it."""
        return self.source.get_suffix() in CXX

    def same(self, other: _Wanted) -> bool:
        """Whether another one is the same compile."""
        if (self.source, self.for_shared_library) != (other.source, other.for_shared_library):
            return False
        if self.env is other.env:
            return True
        command = _command(cxx=self.cxx, shlib=self.for_shared_library)
        return bool(self.env.subst_list(command) == other.env.subst_list(command))


class Modules:
    """The modules of one output folder; two links that take one object share its bitcode."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._known: dict[tuple[str, Form], tuple[_Wanted, tuple[ThinModule, ...]]] = {}
        self._libraries: dict[str, Request] = {}
        self._expanded = Expansions()

    def remember(self, request: Request) -> None:
        """Record a library, so that links can open it or depend on it."""
        links = getattr(request.product.attributes, "shliblinks", [])
        for node in (request.product, *(link for link, _ in links)):
            self._libraries[node.get_internal_path()] = request

    def makes(self, node: Any) -> bool:
        """Whether a node is a library of one of our builders, or a symbolic link to it."""
        return node.get_internal_path() in self._libraries

    def linked(self, node: Any) -> Any:
        """The library itself where `node` is a symbolic link to one of ours."""
        known = self._libraries.get(node.get_internal_path())
        return known.product if known else node

    def archive(self, node: Any, form: Form, by: Request) -> Code | None:
        """The members of an archive that this run makes; None for an archive to link as it is."""
        if form is Form.NATIVE:
            return None
        known = self._libraries.get(node.get_internal_path())
        if known is not None and known.kind is Kind.STATIC_LIBRARY:
            return self.code(known, form)
        if is_by(node, "StaticLibrary") and all(map(is_object, node.sources)):
            return self.code(Request(node.get_env(), Kind.STATIC_LIBRARY, by.lto, by.settings, node,
                                     node.sources, node.cwd or by.folder), form)
        return None

    def code(self, request: Request, form: Form) -> Code:
        """The modules and objects of a builder's sources."""
        code = Code()
        self._expanded = Expansions()
        with inside(request.env, request.folder):
            cuts = form is Form.THIN and request.settings.codegen_units != 1
            share = _share(request) if cuts else None
            for source in request.files():
                self._add(code, request, source, form, share)
        return code

    def _add(self, code: Code, request: Request, source: Any, form: Form,
             share: Share | None) -> None:
        if is_object(source):
            self._add_object(code, request, source, form, share)
            return
        env, shlib = request.env, request.for_shared_library
        code.cxx = code.cxx or source.get_suffix() in (*CXX, ".yy", ".ll")
        suffix = source.get_suffix()
        if suffix in _GENERATED:
            source = getattr(env, _GENERATED[suffix])(source)[0]
            suffix = source.get_suffix()
        name = "SharedObject" if shlib else "StaticObject"
        if suffix not in env["BUILDERS"][name].src_suffixes(env):
            self._add_other(code, request, source, form)
            return
        if form is Form.NATIVE or suffix not in (*C, *CXX) or not self._takes_flags(
                env, cxx=suffix in CXX, shlib=shlib):
            (native,) = getattr(env, name)(source)
            code.add_object(native)
            return
        folder, slash, base = source.get_internal_path().removesuffix(suffix).rpartition("/")
        path = f"{folder}{slash}{object_name(self._expanded, env, base, shlib=shlib)}"
        self._add_modules(code, _Wanted(
            env, source, path, form, request.settings, shlib, share))

    def _add_other(self, code: Code, request: Request, node: Any, form: Form) -> None:
        """Add what no compiler takes: an archive of this run as its members."""
        opened = self.archive(node, form, request)
        if opened is None:
            code.add_object(self.linked(node))
        else:
            code.add_archive(opened, nested=request.kind is Kind.STATIC_LIBRARY)

    def _add_object(self, code: Code, request: Request, node: Any, form: Form,
                    share: Share | None) -> None:
        """Add an object of SCons's own: compile its source to bitcode with the same flags."""
        source = made_of(node)
        cxx = source is not None and source.get_suffix() in CXX
        code.cxx = code.cxx or cxx
        shlib = bool(getattr(node.attributes, "shared", False))
        if (form is Form.NATIVE or source is None or source.get_suffix() not in (*C, *CXX)
                or not is_by(node, "SharedObject" if shlib else "StaticObject")
                or not self._takes_flags(node.get_executor().get_build_env(), cxx=cxx,
                                         shlib=shlib)):
            code.add_object(node)
            return
        env = node.get_executor().get_build_env()
        with inside(env, node.cwd or env.fs.Top):
            self._add_modules(code, _Wanted(env, source, node.get_internal_path(), form,
                                            request.settings, shlib, share, node))

    def _add_modules(self, code: Code, wanted: _Wanted) -> None:
        key = layout.inside(wanted.path), wanted.form
        if key not in self._known:
            self._known[key] = wanted, self._compile(wanted, layout.inside(wanted.path))
        known, modules = self._known[key]
        if not known.same(wanted):
            raise SconsError(f"Two environments with different actions were specified for the same "
                             f"target: {wanted.path} (two links want it; give one another "
                             "OBJPREFIX)")
        code.modules += modules
        code.line += [module.bitcode for module in modules]

    def _compile(self, wanted: _Wanted, key: str) -> tuple[ThinModule, ...]:
        env, settings = wanted.env, wanted.settings
        words = (*self._behind_compiler(wanted),
                 *self._words(env, cxx=wanted.cxx, shlib=wanted.for_shared_library))
        level = () if any(word.startswith("-O") for word in words) else (f"-O{settings.opt}",)
        mode = (*FLAGS[wanted.form], *level)
        count = 1
        if wanted.share:
            count, _ = wanted.share.count(by_size(_size(wanted.source)), flags.whole_for(words))
        if count > 1:
            return self._cut(wanted, key, words, mode, count)
        bitcode = settings.site.layout.code(wanted.form) + key
        self._make(wanted, bitcode, mode)
        return (_module(wanted, key, bitcode, words),)

    def _cut(self, wanted: _Wanted, key: str, words: tuple[str, ...], mode: tuple[str, ...],
             count: int) -> tuple[ThinModule, ...]:
        """Cut a source into codegen units."""
        site = wanted.settings.site
        self._make(wanted, site.layout.whole_ir(key), (*mode, *cut_sources.TO_IR))
        source = cut_sources.Source(wanted.source.get_internal_path(), _size(wanted.source), count,
                                     (*mode, *words), 0, flags.files_read(words))
        made = cut_sources.cut(source, key, site)
        for action in made.actions:
            self._nodes.add(action)
        return tuple(_module(wanted, path, bitcode, words) for path, bitcode in made.modules)

    def _make(self, wanted: _Wanted, path: str, mode: tuple[str, ...]) -> None:
        """Add a compile with SCons's own command."""
        env, like = wanted.env, wanted.like
        builder = env.SharedObject if wanted.for_shared_library else env.StaticObject
        flags_of_both = "SHCCFLAGS" if wanted.for_shared_library else "CCFLAGS"
        (node,) = builder(self._nodes.raw(path), wanted.source, **{
            flags_of_both: [*mode, *CLVar(env.get(flags_of_both, []))]})
        env.Depends(node, self._nodes.raw(wanted.settings.site.layout.toolchain))
        if like is not None:
            # The user's Depends, Requires and Ignore of the object hold for its bitcode.
            env.Depends(node, like.depends)
            env.Requires(node, list(like.prerequisites or ()))
            env.Ignore(node, like.ignore)
            node.set_always_build(like.always_build)

    def _takes_flags(self, env: Any, *, cxx: bool, shlib: bool) -> bool:
        """Whether a compile takes further flags, and has no `-fno-lto` of its own."""
        flags_of_both = "SHCCFLAGS" if shlib else "CCFLAGS"
        command = str(env.get(_command(cxx=cxx, shlib=shlib)[1:], ""))
        return (flags_of_both in command
                and "-fno-lto" not in self._words(env, cxx=cxx, shlib=shlib))

    def _words(self, env: Any, *, cxx: bool, shlib: bool) -> tuple[str, ...]:
        """The code flags of a compile, with variables expanded."""
        name = f"{'SH' if shlib else ''}{'CXX' if cxx else 'C'}FLAGS"
        both = "$SHCCFLAGS" if shlib else "$CCFLAGS"
        return self._expanded.words(env, f"${name} {both}")

    def _behind_compiler(self, wanted: _Wanted) -> tuple[str, ...]:
        """The flags that `CC` has behind the compiler.

        Raises SCons's UserError for another compiler: its bitcode could not be linked.
        """
        name = "CXX" if wanted.cxx else "CC"
        driver = self._expanded.words(wanted.env, f"${name}")
        toolchain = wanted.settings.toolchain
        ours = toolchain.cxx if wanted.cxx else toolchain.cc
        found = flags_behind(wanted.env, driver, ours)
        if found is None:
            raise SconsError(
                f"{wanted.source}: {name} is {' '.join(driver)}, and ThinLTO needs the clang of "
                f"the tool 'ltogen' ({' '.join(ours)}): do not set {name} behind it")
        return found


def _module(wanted: _Wanted, key: str, bitcode: str, words: tuple[str, ...]) -> ThinModule:
    # The linker takes it for what it is; SCons's own would mix up static and shared.
    backend = f"-O{flags.backend_level(flags.optimization_level(words, wanted.settings.opt))}"
    model = "-fPIC" if wanted.for_shared_library or wanted.settings.toolchain.pie else "-fno-pie"
    return ThinModule(
        key, bitcode, _size(wanted.source), (backend, *flags.for_plain_backend(words), model),
        flags.files_read(words), thin=wanted.form is Form.THIN,
        backend_flags=(backend, *flags.for_backend(words)))


def _share(request: Request) -> Share:
    """The seconds that a codegen unit of a link's own sources should take."""
    sources = (made_of(node) if is_object(node) else node
               for node in request.files())
    seconds = [by_size(_size(source)) for source in sources
               if source is not None and source.get_suffix() in (*C, *CXX)]
    return partition.share(request.settings.codegen_units, seconds, sum(seconds), at_once())


def _size(source: Any) -> int:
    """Bytes of a source; 0 for a source that this run generates, also if it exists already."""
    # (Of its origin: to ask a source in a variant folder has SCons put it there, anew.)
    origin = source.srcnode()
    return origin.get_size() if not source.has_builder() and origin.exists() else 0


def _command(*, cxx: bool, shlib: bool) -> str:
    return f"${'SH' if shlib else ''}{'CXX' if cxx else 'CC'}COM"
