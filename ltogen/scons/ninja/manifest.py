"""`env.NinjaLTO(manifest, targets…)`: the manifest as a SCons target."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import SCons.Script
from SCons.Action import Action as SconsAction
from SCons.Errors import UserError as SconsError
from SCons.Node.Alias import Alias, default_ans
from SCons.Node.FS import Dir

import ltogen
from ltogen.backends import files, ninja
from ltogen.base.errors import UserError
from ltogen.model.action import Action
from ltogen.model.plan import Plan
from ltogen.ninja.spelling import check_path
from ltogen.scons import pending, settings
from ltogen.scons.ninja import unseen_headers, watched
from ltogen.scons.ninja.edges import Edges
from ltogen.scons.ninja.node_kinds import path_of
from ltogen.scons.pending import Stage
from ltogen.scons.place import errors_at, here
from ltogen.toolchain import step_code

# Where SCons looks for its SConstruct; Ninja starts it in the right folder.
_FOLDER_OPTIONS = ("-C", "--directory", "-u", "--up", "--search-up", "-U", "-D")

Planned = Callable[[], Mapping[str, Action]]


def add_to(env: Any, planned: Planned) -> None:
    """Add the method. `planned` returns all actions by output, once SConscripts are read."""
    watched.start()

    def ninja_lto(env: Any, manifest: str = ninja.MANIFEST, *targets: Any) -> Any:
        with errors_at(here()):
            found = env.arg2nodes(env.Flatten(targets), env.fs.Entry) if targets else [env.fs.Top]
            layout = settings.place(env)
            inputs = (*settings.toolchain(env, layout).inputs, layout.toolchain, ltogen.__file__,
                      *step_code.all_files())
        nodes = env.Command(manifest, [], SconsAction(_write, "ninja $TARGET"))
        env.Precious(nodes)

        def plan() -> None:
            if _is_asked_for(env, nodes[0]):
                text = _text(nodes[0], found, planned(), layout.out, inputs)
                env.Depends(nodes, env.Value(text))

        pending.later(Stage.MANIFEST, plan)
        return nodes

    env.AddMethod(ninja_lto, "NinjaLTO")


def _is_asked_for(env: Any, manifest: Any) -> bool:
    """Whether this run writes the manifest: planning it takes as long as an up-to-date build."""
    waiting = env.arg2nodes(list(SCons.Script.BUILD_TARGETS) or ["."], env.fs.Entry)
    while waiting:
        node = waiting.pop().disambiguate()
        if node is manifest or (isinstance(node, Dir) and manifest.is_under(node)):
            return True
        if isinstance(node, Alias):
            waiting += node.children()
    return False


def _text(node: Any, targets: list[Any], planned: Mapping[str, Action], out: str,
          inputs: tuple[str, ...]) -> str:
    name = path_of(node)
    edges = Edges(planned, _scons(()), (out, name))
    defaults = tuple(path for target in targets for path in edges.add(target))
    if targets == [node.fs.Top]:
        for alias in list(default_ans.values()):
            edges.add_alias(alias)
    top = node.fs.Top.get_abspath()
    # (An alias may have the name of a folder that is watched: that has a longer one.)
    read = (os.path.join(top, path) if path in default_ans else check_path(path, "NinjaLTO")
            for path in (*watched.files(top), *edges.copied_from))
    actions = unseen_headers.ordered(edges.actions, frozenset(edges.unseen))
    plan = Plan(tuple(actions), (), edges.aliases(), defaults)
    made = ninja.made(plan)
    again = ninja.Regeneration(
        # (SCons leaves it alone when its text is the same, and Ninja would ask again.)
        ("sh", "-c", f"{shlex.join(_scons((name,)))} && touch {shlex.quote(name)}"),
        (*dict.fromkeys(path for path in (*read, *inputs) if path not in made), *edges.scripts),
        "the SConstruct")
    return ninja.manifest(plan, again, name, out)


def _write(target: list[Any], source: list[Any], env: Any) -> None:
    (node,) = target
    try:
        if not node.depends:
            raise UserError(f"NinjaLTO: name {node} as a target of SCons")
        files.write_if_changed(Path(path_of(node)), str(node.depends[0].value),
                               Path(settings.place(env).out))
    except UserError as error:
        raise SconsError(str(error)) from None


def _scons(targets: tuple[str, ...]) -> tuple[str, ...]:
    """The command line of this run of SCons, without its targets."""
    named = set(SCons.Script.COMMAND_LINE_TARGETS)
    words = iter(sys.argv[1:])
    kept = []
    for word in words:
        option = next((one for one in _FOLDER_OPTIONS if word.startswith(one)), None)
        if option in ("-C", "--directory") and word == option:
            next(words, None)
        if option is None and word not in named:
            kept.append(word)
    quiet = () if "-Q" in kept else ("-Q",)
    return (sys.executable, os.path.abspath(sys.argv[0]), *quiet, *kept, *targets)
