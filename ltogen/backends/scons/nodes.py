"""Actions as command nodes.

An action with many outputs, such as a thin link, makes one pack of them, and each user takes its
file out of the pack. SCons looks at every source of every target, so separate outputs would take
time in the square of their number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import SCons.Node
from SCons.Builder import Builder
from SCons.Executor import Executor

from ltogen.backends.scons.commands import RUN, TAKE_OUT, variables
from ltogen.backends.scons.lines import LINE, LINKER_LINES, between, is_line
from ltogen.backends.scons.natives import LIST, Natives, kept_file
from ltogen.backends.scons.paths import from_top
from ltogen.model.action import Action, Phase

_FEW = 3  # outputs
_PROMISED = Builder(action=RUN)


class Nodes:
    """The nodes of one SCons run; each path has one node."""

    def __init__(self, env: Any) -> None:
        self._env = env
        self._packed: dict[str, Any] = {}  # what is in which pack
        self._listed: dict[str, Natives] = {}  # which native is in which list
        self.planned: dict[str, Action] = {}  # by their outputs

    def file(self, path: str) -> Any:
        """The node that has a file, by its path from the top folder."""
        if path in self._listed:
            return self._listed[path]
        node = self.raw(path)
        pack = self._packed.pop(path, None)
        if pack is not None:
            self._env.Command(node, pack, TAKE_OUT)
            self._env.Precious(node)
        return node

    def raw(self, path: str) -> Any:
        """The same, without the node of a pack behind it."""
        return self._env.fs.File(from_top(path))

    def promise(self, node: Any) -> None:
        """Say that a file will be made, which SCons takes for a source until it has a builder."""
        if not node.has_builder():
            node.builder_set(_PROMISED)

    def add(self, action: Action) -> None:
        """Make nodes of an action, unless that was done before."""
        outputs = action.made
        if outputs[0] in self.planned:
            return
        self.planned.update(dict.fromkeys(outputs, action))
        pack = self._packed.get(action.inputs[0]) if action.phase is Phase.BACKEND else None
        if pack is not None:
            self._list(action, pack)
        elif len(outputs) > _FEW and action.phase is not Phase.LINK:
            path = f"{outputs[0]}.pack"
            (node,) = self._command([path], action, LTOGEN_PACKED="\n".join(outputs))
            self._packed.update(dict.fromkeys(outputs, node))
            self._clean(node, outputs)
        else:
            self._command(outputs, action)

    def clean(self, path: str, folder: str) -> None:
        """Let `scons -c` of a file remove a folder, too."""
        if self._env.GetOption("clean"):
            self._env.Clean(self.raw(path), self._env.fs.Dir(f"#{folder}"))

    def _list(self, action: Action, pack: Any) -> None:
        """Add a native to the list of its link's."""
        path = f"{pack.get_internal_path()}.natives"
        node = self._env.fs._lookup(f"#{path}", None, Natives, True)
        if not node.has_builder():
            node.made_of(pack, self._backend)
            self._env.Command(node, pack, LIST)
            self._env.Precious(node)
            self._env.NoCache(node)
            self._clean(node, [kept_file(path)])
        node.actions.append(action)
        self._env.Depends(node, self._files(action.implicit))
        self._listed.update(dict.fromkeys(action.made, node))
        self._clean(node, action.made)

    def _backend(self, action: Action, pack: Any, key: str) -> list[Any]:
        """A backend that has to run, or whose output SCons has in its cache."""
        outputs = list(map(self.raw, action.made))
        for node in outputs:
            if node.get_state() != SCons.Node.no_state:
                # SCons came upon the file before, took it for a source and is done with it.
                node.__init__(node.name, node.dir, node.fs)
        given = (*action.inputs, *action.order_only)
        inputs = [self.raw(path) for path in given if path not in self._packed]
        picked = "\n".join((str(pack), *(path for path in given if path in self._packed)))
        nodes: list[Any] = self._env.Command(outputs, inputs, RUN, source_scanner=None, **variables(
            action, LTOGEN_PICKED=picked, LTOGEN_KEY=key))
        self._env.Precious(*nodes)
        return nodes

    def _command(self, targets: Iterable[str], action: Action, **more: str) -> list[Any]:
        # Precious: the commands replace what changes, and SCons would delete it before.
        lines = any(map(is_line, action.implicit))
        more |= {LINE: between(action)} if lines else {}
        made = [self.raw(path) for path in targets]
        around = [executor for one in made
                  if isinstance(executor := getattr(one, "executor", None), Executor)]
        for one in made:
            if one.has_builder() and one.builder is _PROMISED:
                one.builder_set(None)
        nodes: list[Any] = self._env.Command(
            made,
            self._files((*action.inputs, *action.implicit)), RUN,
            source_scanner=LINKER_LINES if lines else None, **variables(action, **more))
        self._env.Precious(*nodes)
        if action.order_only:
            self._env.Requires(nodes, self._files(action.order_only))
        for executor in around:
            # What users hung on a product while SConscripts were read.
            for before in executor.pre_actions:
                self._env.AddPreAction(nodes, before)
            for behind in executor.post_actions:
                self._env.AddPostAction(nodes, behind)
        command = action.command
        beside = (command.depfile, command.response.path if command.response else "")
        self._clean(nodes, [action.text(word) for word in beside if word])
        return nodes

    def _clean(self, node: Any, paths: Iterable[str]) -> None:
        """Let `scons -c` remove files that are no nodes in other runs."""
        if self._env.GetOption("clean"):
            self._env.Clean(node, list(map(self.raw, paths)))

    def _files(self, paths: Iterable[str]) -> list[Any]:
        return list(dict.fromkeys(map(self.file, paths)))
