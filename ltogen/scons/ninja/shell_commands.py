"""The commands of a node's builder, for Ninja."""

from __future__ import annotations

import os
import re
import shlex
from typing import Any

import SCons.Node.FS
from msgspec import Struct
from SCons.Defaults import SharedFlagChecker
from SCons.Environment import alias_builder
from SCons.Subst import escape_list
from SCons.Tool.install import (
    copyFunc,
    installFunc,
    installFuncVersionedLib,
    listShlibLinksToInstall,
)
from SCons.Tool.linkCommon import LibSymlinksActionFunction

from ltogen.scons.ninja import file_actions

_ESCAPED = re.compile(r'\\([$`"\\])')
_EXPANDED = re.compile(r"[$`*?\[~]")
_OPERATOR = re.compile(r"[;&|<>()`\n]|^-$")


class ShellCommand(Struct, frozen=True):
    """One shell command; its words are quoted shell text."""

    words: tuple[str, ...]

    @property
    def plain(self) -> tuple[str, ...] | None:
        """Its words, unquoted; None if only the shell can expand them."""
        try:
            words = [shlex.split(word) for word in self.words]
        except ValueError:
            return None
        literal = not any(_EXPANDED.search(word) for word in self.words)
        return tuple(word for (word,) in words) if literal and all(
            len(word) == 1 for word in words) else None

    @property
    def simple(self) -> bool:
        """Whether it only runs one program."""
        # (What SCons has quoted is a path.)
        return not any(_OPERATOR.search(word) for word in self.words if word[:1] != '"')

    def without_output(self, path: str) -> ShellCommand | None:
        """The command without `-o PATH`; None if it has no such words."""
        for place in range(len(self.words) - 1):
            if self.words[place] == "-o" and means(self.words[place + 1], path):
                return ShellCommand(self.words[:place] + self.words[place + 2:])
        return None


def means(word: str, path: str) -> bool:
    """Whether a word of shell text is a path."""
    if word[:1] == '"':
        return _ESCAPED.sub(r"\1", word[1:-1]) == path  # as SCons quotes
    return word == path


def of(node: Any) -> list[ShellCommand] | None:
    """The commands that make a node; None if a Python function is one of its actions."""
    executor = node.get_executor()
    env = executor.get_build_env()
    targets, sources = executor.get_all_targets(), executor.get_all_sources()
    if executor.builder_kw.get("chdir"):
        return None  # SCons knows where
    return _all(executor.get_action_list(), targets, sources, env, executor)


def around(node: Any) -> tuple[list[ShellCommand] | None, list[ShellCommand] | None]:
    """The commands that users hung before and behind what makes a node; None as in `of`."""
    executor = node.get_executor()
    env = executor.get_build_env()
    before, behind = (
        _all(actions, executor.get_all_targets(), executor.get_all_sources(), env, executor)
        for actions in (executor.pre_actions, executor.post_actions))
    return before, behind


def _all(actions: Any, targets: Any, sources: Any, env: Any,
         executor: Any) -> list[ShellCommand] | None:
    found: list[ShellCommand] = []
    for action in actions:
        for single in _single(action, targets, sources, env, executor):
            commands = _commands(single, targets, sources, env, executor)
            if commands is None:
                return None
            found += commands
    return found


def environment(node: Any) -> tuple[tuple[str, str], ...]:
    """The environment variables of a node's commands that Ninja's would not have."""
    wanted = node.get_executor().get_build_env()["ENV"]
    return tuple((name, str(value)) for name, value in sorted(wanted.items())
                 if os.environ.get(name) != str(value))


def links(node: Any) -> list[tuple[Any, Any]]:
    """The symbolic links of a library with a version, and their targets."""
    found: list[tuple[Any, Any]] = getattr(node.attributes, "shliblinks", None) or []
    for action in node.get_executor().get_action_list() if node.has_builder() else ():
        if getattr(action, "execfunction", None) is installFuncVersionedLib:
            found = listShlibLinksToInstall(str(node), node.sources, node.get_build_env())
    return found


def _single(action: Any, targets: Any, sources: Any, env: Any, executor: Any) -> list[Any]:
    """The single actions of a list action."""
    if hasattr(action, "list"):
        return [one for part in action.list
                for one in _single(part, targets, sources, env, executor)]
    if hasattr(action, "_generate"):
        made = action._generate(targets, sources, env, 0, executor)
        return _single(made, targets, sources, env, executor)
    return [action]


def _commands(action: Any, targets: Any, sources: Any, env: Any,
              executor: Any) -> list[ShellCommand] | None:
    if hasattr(action, "cmd_list"):
        lines, ignored, _ = action.process(targets, sources, env, executor)
        found = [ShellCommand(tuple(map(str, escape_list(line, env["ESCAPE"])))) for line in lines
                 if line]
        return [ShellCommand(("{", *one.words, ";", "}", "||", ":")) for one in found] if ignored \
            else found
    function = getattr(action, "execfunction", None)
    if function in (SharedFlagChecker, LibSymlinksActionFunction, alias_builder):
        return []  # a check; links, which have edges of their own; nothing
    if (function in (installFunc, installFuncVersionedLib) and env["INSTALL"] is copyFunc
            and all(isinstance(source, SCons.Node.FS.File) for source in sources)):
        pairs = [(shlex.quote(source.get_internal_path()), shlex.quote(target.get_internal_path()))
                 for target, source in zip(targets, sources, strict=True)]
        # (Removed first: a file that is there would keep its mode.)
        return [ShellCommand(words) for source, target in pairs for words in (
            ("rm", "-f", "--", target), ("cp", "--", source, target))]
    made = file_actions.commands(function, targets, sources, env)
    return None if made is None else [ShellCommand(words) for words in made]
