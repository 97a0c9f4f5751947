"""The builders: they take what SCons's own take."""

from __future__ import annotations

from typing import Any

from SCons.Errors import UserError as SconsError
from SCons.Tool import LibSymlinksAction
from SCons.Tool.linkCommon.SharedLibrary import shlib_symlink_emitter
from SCons.Util import NodeList, adjustixes

from ltogen.errors import UserError
from ltogen.lower import final, merge, plain, thin
from ltogen.lower.sharing import Sharing
from ltogen.model import Form, Kind, Lto, MergedUnit, ThinUnit
from ltogen.scons import links, pending, settings
from ltogen.scons.modules import Modules
from ltogen.scons.ninja import manifest
from ltogen.scons.request import Request
from ltogen.write.scons import Nodes

_PREFIXES = {Kind.EXECUTABLE: ("$PROGPREFIX", "$PROGSUFFIX"),
             Kind.SHARED_LIBRARY: ("$SHLIBPREFIX", "$_SHLIBSUFFIX"),
             Kind.STATIC_LIBRARY: ("$LIBPREFIX", "$LIBSUFFIX")}


def add_to(env: Any) -> None:
    """Add the builders as methods of an environment."""
    for name, kind, lto in (
            ("ThinLTOProgram", Kind.EXECUTABLE, Lto.THIN),
            ("ThinLTOSharedLibrary", Kind.SHARED_LIBRARY, Lto.THIN),
            ("ThinLTOStaticLibrary", Kind.STATIC_LIBRARY, Lto.THIN),
            ("FatLTOProgram", Kind.EXECUTABLE, Lto.FAT),
            ("LTOProgram", Kind.EXECUTABLE, None),
            ("LTOSharedLibrary", Kind.SHARED_LIBRARY, None)):
        env.AddMethod(_builder(kind, lto), name)
    env.AddMethod(replace, "LTOGenReplace")
    manifest.add_to(env, lambda: {path: action for nodes, _ in _STATES.values()
                                  for path, action in nodes.planned.items()})


def replace(env: Any) -> None:
    """Let `Program`, `SharedLibrary` and `StaticLibrary` of an environment do it."""
    env.AddMethod(_builder(Kind.EXECUTABLE, None), "Program")
    env.AddMethod(_builder(Kind.SHARED_LIBRARY, None), "SharedLibrary")
    for name in ("StaticLibrary", "Library"):
        env.AddMethod(_builder(Kind.STATIC_LIBRARY, None), name)


def _builder(kind: Kind, lto: Lto | None) -> Any:
    def build(env: Any, target: Any = None, source: Any = None, **variables: Any) -> Any:
        if env.GetOption("interactive"):
            raise SconsError("--interactive: links by ltogen are planned once in a run of SCons; "
                             "run it again for each build")
        own = env.Override(variables) if variables else env
        try:
            said = settings.read(own)
            states = _shared(env, said)
            return _build(own, kind, lto or said.lto, said, states, target, source)
        except UserError as error:
            raise SconsError(str(error)) from None

    return build


def _build(env: Any, kind: Kind, lto: Lto, said: settings.Settings,
           states: tuple[Nodes, Modules], target: Any, source: Any) -> Any:
    nodes, modules = states
    sources = env.arg2nodes(env.Flatten([source if source is not None else target]), env.fs.File)
    product = _product(env, kind, target if source is not None else None, sources)
    request = Request(env, kind, lto, said, product, sources, env.fs.getcwd())
    if kind is Kind.SHARED_LIBRARY:
        product.attributes.shared = True
        _link_names(env, product)
    if kind is not Kind.EXECUTABLE:
        modules.remember(request)
    if kind is Kind.STATIC_LIBRARY:
        pending.later(lambda: _archive(request, modules, nodes))
    else:
        pending.later(lambda: _link(request, modules, nodes))
    return NodeList([product])


def _link(request: Request, modules: Modules, nodes: Nodes) -> None:
    site = request.said.site
    with pending.inside(request.env, request.folder):
        line, unit = links.unit(request, modules)
    nodes.add(line)
    if isinstance(unit, ThinUnit):
        actions = list(thin.lower(unit, site, Sharing([unit])))
    elif isinstance(unit, MergedUnit):
        actions = list(merge.lower(unit, site))
    else:
        actions = [final.native(unit, site)]
    for action in actions:
        nodes.add(action)
    if request.shared and request.env.get("SHLIBVERSION"):
        request.env.AddPostAction(request.product, LibSymlinksAction)


def _archive(request: Request, modules: Modules, nodes: Nodes) -> None:
    site, path = request.said.site, request.product.get_internal_path()
    code = modules.code(request, Form.THIN)
    natives = {module.bitcode: plain.native_of(module, site) for module in code.modules}
    for action in plain.backends(
            path, ((module, natives[module.bitcode]) for module in code.modules), site):
        nodes.add(action)
    nodes.add(plain.archive(path, path, tuple(natives.get(word, word) for word in code.line), site))


def _product(env: Any, kind: Kind, target: Any, sources: list[Any]) -> Any:
    """The node of what is made, with prefix and suffix as SCons would put them."""
    prefix, suffix = (env.subst(word) for word in _PREFIXES[kind])
    if target is None:
        name = sources[0].get_internal_path().rpartition(".")[0]
        return env.fs.File(f"#{adjustixes(name, prefix, suffix)}")
    (name,) = env.Flatten([target])
    if not isinstance(name, str):
        return name
    return env.fs.File(adjustixes(env.subst(name), prefix, suffix))


def _link_names(env: Any, product: Any) -> None:
    """The symbolic links that SCons makes beside a library with a version."""
    if env.get("SHLIBVERSION"):
        shlib_symlink_emitter([product], [], env)


_STATES: dict[str, tuple[Nodes, Modules]] = {}


def _shared(env: Any, said: settings.Settings) -> tuple[Nodes, Modules]:
    """What all links below one folder share."""
    out = said.site.layout.out
    if out not in _STATES:
        # By content, whatever the user decides by: that is what an early cutoff rests on.
        own = env.Clone()
        own.Decider("content")
        nodes = Nodes(own)
        _STATES[out] = nodes, Modules(nodes)
    return _STATES[out]
