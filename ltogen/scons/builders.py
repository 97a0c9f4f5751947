"""The builders, with the parameters of SCons's own."""

from __future__ import annotations

import os
from typing import Any

from msgspec import Struct
from msgspec.structs import replace as replaced
from SCons.Builder import EmitterProxy
from SCons.Errors import UserError as SconsError
from SCons.Node.FS import File
from SCons.Tool import LibSymlinksAction
from SCons.Util import NodeList, adjustixes

from ltogen.backends.scons import Nodes
from ltogen.base.errors import UserError
from ltogen.lower import link_units, plain
from ltogen.lower.remote import Farm, asking
from ltogen.model.link_unit import FinalLink, Form, LinkUnit
from ltogen.model.project import Kind, Lto
from ltogen.model.site import Site
from ltogen.remote_build import choice
from ltogen.scons import links, objects, pending
from ltogen.scons.modules import Modules
from ltogen.scons.ninja import manifest
from ltogen.scons.pending import Stage
from ltogen.scons.place import errors_at, here
from ltogen.scons.request import Request
from ltogen.scons.settings import DEFAULTS, Settings
from ltogen.scons.settings import read as read_settings

_MAKES = {Kind.EXECUTABLE: "A program", Kind.SHARED_LIBRARY: "A shared library",
          Kind.STATIC_LIBRARY: "An archive of native code, which links of this run open"}

_PREFIXES = {Kind.EXECUTABLE: ("$PROGPREFIX", "$PROGSUFFIX"),
             Kind.SHARED_LIBRARY: ("$SHLIBPREFIX", "$_SHLIBSUFFIX"),
             Kind.STATIC_LIBRARY: ("$LIBPREFIX", "$LIBSUFFIX")}


_EMITTERS = {Kind.EXECUTABLE: "PROGEMITTER", Kind.SHARED_LIBRARY: "SHLIBEMITTER",
             Kind.STATIC_LIBRARY: "LIBEMITTER"}


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
    manifest.add_to(env, lambda: {path: action for state in _STATES.values()
                                  for path, action in state.nodes.planned.items()})


class _Replaced:
    """Replaces one of SCons's builders, except in Configure checks, which need SCons's own."""

    def __init__(self, plain_builder: Any, ours: Any) -> None:
        self._plain, self._ours = plain_builder, ours

    def __call__(self, env: Any, target: Any = None, source: Any = None, **variables: Any) -> Any:
        chosen = self._plain if variables.get("SCONF_NODE") else self._ours
        return chosen(env, target, source, **variables)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


def replace(env: Any) -> None:
    """Replace `Program`, `SharedLibrary` and `StaticLibrary` of an environment with ours."""
    with errors_at(here()):
        _check_tools(env)
    for name, kind in (("Program", Kind.EXECUTABLE), ("SharedLibrary", Kind.SHARED_LIBRARY),
                       ("StaticLibrary", Kind.STATIC_LIBRARY), ("Library", Kind.STATIC_LIBRARY)):
        env["BUILDERS"][name] = _Replaced(env["BUILDERS"][name], _builder(kind, None))


def _builder(kind: Kind, lto: Lto | None) -> Any:
    def build(env: Any, target: Any = None, source: Any = None, **variables: Any) -> Any:
        with errors_at(here()):
            if env.GetOption("interactive"):
                raise SconsError("--interactive: links by ltogen are planned once in a run of "
                                 "SCons; run it again for each build")
            _check_tools(env)
            own = env.Override(variables) if variables else env
            settings = read_settings(own)
            state = _state_of(env, settings)
            return _build(own, kind, lto or settings.lto, settings, state, target, source)

    build.__doc__ = f"""{_MAKES[kind]}, by {lto or "what LTOGEN_LTO says"}.

    Takes what SCons's own builder takes. Construction variables: {", ".join(DEFAULTS)}.
    """
    return build


def _check_tools(env: Any) -> None:
    if not {"Program", "StaticObject", "SharedObject"} <= env["BUILDERS"].keys():
        raise SconsError("the tool 'ltogen' needs SCons's compilers and linkers: "
                         "tools=['default', 'ltogen']")


def _build(env: Any, kind: Kind, lto: Lto, settings: Settings,
           state: _State, target: Any, source: Any) -> Any:
    sources = env.arg2nodes(env.Flatten([source if source is not None else target]), env.fs.File)
    if not sources:
        raise SconsError(f"{target}: no sources; name one at least")
    product = _product(env, kind, target if source is not None else None, sources)
    earlier = state.products.setdefault(product.get_internal_path(), (sources, []))
    if earlier[0] is not sources:
        if earlier[0] != sources:
            raise SconsError("Multiple ways to build the same target were specified for: "
                             f"{product}")
        return NodeList(earlier[1])
    (product, *more), sources = _emitted(env, kind, product, sources)
    request = Request(env, kind, lto, settings, product, sources, env.fs.getcwd(), tuple(more))
    earlier[1].extend((product, *more))
    for node in earlier[1]:
        state.nodes.promise(node)
    if kind is Kind.SHARED_LIBRARY:
        product.attributes.shared = True
        if getattr(product.attributes, "shliblinks", None):
            env.AddPostAction(product, LibSymlinksAction)
    if kind is not Kind.EXECUTABLE:
        state.modules.remember(request)
    pending.later(Stage.OBJECTS, lambda: objects.make_named(request))
    plan = _archive if kind is Kind.STATIC_LIBRARY else _link
    pending.later(Stage.LINKS, lambda: plan(request, state))
    return NodeList(earlier[1])


def _emitted(env: Any, kind: Kind, product: Any, sources: list[Any]) -> tuple[list[Any], list[Any]]:
    """Targets and sources as the environment's emitters want them, SCons's own among them.

    Those of SCons name the symbolic links beside a library with a version.
    """
    targets, sources = EmitterProxy(_EMITTERS[kind])([product], list(sources), env)
    made = env.arg2nodes(env.Flatten([targets]), env.fs.File)
    for node in made:
        if not isinstance(node, File):
            raise SconsError(f"{product}: {_EMITTERS[kind]}: its target '{node}' is no file")
    if not made or made[0] is not product:
        raise SconsError(f"{product}: {_EMITTERS[kind]}: the first target must stay what it is; "
                         "append others")
    return made, env.arg2nodes(env.Flatten([sources]), env.fs.File)


def _link(request: Request, state: _State) -> None:
    """Plan one link."""
    with pending.inside(request.env, request.folder):
        line, unit = links.unit(request, state.modules)
    state.nodes.add(line)
    state.link_units.append((unit, request.settings.site))


def _link_all(state: _State) -> None:
    """Make nodes of all links."""
    actions, farm = link_units.lower(state.link_units), _farm()
    for action in asking(actions, farm.where) if farm else actions:
        state.nodes.add(action)
    for unit, site in state.link_units:
        last = unit if isinstance(unit, FinalLink) else unit.final
        state.nodes.clean(last.product, site.layout.store)
    state.link_units.clear()


def _farm() -> Farm | None:
    """The server that the user's environment names. Raises SCons's UserError for a wrong one."""
    try:
        return choice.farm(os.environ)
    except UserError as error:
        raise SconsError(str(error)) from None


def _archive(request: Request, state: _State) -> None:
    modules, nodes = state.modules, state.nodes
    site, path = request.settings.site, request.product.get_internal_path()
    code = modules.code(request, Form.THIN)
    natives = {module.bitcode: plain.native_of(module, site) for module in code.modules}
    for action in plain.backends(
            path, ((module, natives[module.bitcode]) for module in code.modules), site):
        nodes.add(action)
    action = plain.archive(path, path, tuple(natives.get(word, word) for word in code.line), site)
    nodes.add(replaced(action, implicit_outputs=tuple(
        node.get_internal_path() for node in request.more)))


def _product(env: Any, kind: Kind, target: Any, sources: list[Any]) -> Any:
    """The node of the product, with SCons's prefix and suffix."""
    prefix, suffix = (env.subst(word) for word in _PREFIXES[kind])
    if target is None:
        name = sources[0].get_internal_path().rpartition(".")[0]
        return env.fs.File(f"#{adjustixes(name, prefix, suffix)}")
    name, *others = env.Flatten([target])
    if others:
        raise SconsError(f"{name}: a link has one target, and {others[0]} is another")
    if not isinstance(name, str):
        if not isinstance(name, File):
            raise SconsError(f"{name}: the target of a link is a file, and this is none")
        return name
    return env.fs.File(adjustixes(env.subst(name), prefix, suffix))


class _State(Struct, frozen=True):
    """The state of all links with one output folder, and the links without nodes so far."""

    nodes: Nodes
    modules: Modules
    link_units: list[tuple[LinkUnit, Site]]
    products: dict[str, tuple[list[Any], list[Any]]]  # sources and targets, by the first target


_STATES: dict[str, _State] = {}


def _state_of(env: Any, settings: Settings) -> _State:
    out = settings.site.layout.out
    if out not in _STATES:
        # By content, whatever the user decides by: that is what an early cutoff rests on.
        own = env.Clone()
        own.Decider("content")
        nodes = Nodes(own)
        state = _STATES[out] = _State(nodes, Modules(nodes), [], {})
        pending.later(Stage.GRAPH, lambda: _link_all(state))
    return _STATES[out]
