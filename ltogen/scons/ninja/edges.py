"""SCons nodes as Ninja edges: links by ltogen as planned, other nodes with their own commands."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

import SCons.Node.Alias
import SCons.Node.FS
from msgspec.structs import replace
from SCons.Errors import UserError as SconsError

from ltogen.backends.scons.paths import from_top
from ltogen.base.digest import digest
from ltogen.base.errors import UserError
from ltogen.clang import flags
from ltogen.lower.commands import compiled, key
from ltogen.model.action import Action, Command, Phase, Slot, Word
from ltogen.scons.ninja import linker_scripts, shell_commands
from ltogen.scons.ninja.node_kinds import (
    is_built,
    is_copied,
    is_made,
    is_value,
    path_of,
    values,
)
from ltogen.scons.ninja.shell_commands import ShellCommand
from ltogen.scons.objects import COMPILED

# Python code runs in SCons itself, one after the other: it writes its record of signatures.
SCONS_POOL = "scons"
# A phony name without a file, which Ninja takes for newer than all that depends on it. (An edge
# that makes nothing would not do: Ninja finds its output unchanged, and drops what depends on it.)
_ALWAYS = "ltogen.always"


class Edges:
    """All edges that some nodes need, each once, and the files of aliases and folders."""

    def __init__(self, planned: Mapping[str, Action], scons: tuple[str, ...],
                 own: tuple[str, ...]) -> None:
        """`scons` is a command that builds the targets appended to it.

        `own` are the paths that are no targets: ltogen's folder, and the manifest.
        """
        self._planned, self._scons, self._own = planned, scons, own
        self._seen: set[tuple[str, bool]] = set()  # an alias may have the name of a file
        self._linked: set[str] = set()  # first outputs of planned actions
        self.actions: list[Action] = []
        self._aliases: dict[str, Any] = {}
        self._always = False
        self.copied_from: dict[str, None] = {}  # folders
        self.scripts: dict[str, None] = {}  # linker scripts that the run makes
        self.unseen: set[str] = set()  # compiles of which nobody knows yet what they include

    def add(self, node: Any) -> tuple[str, ...]:
        """Add the edges of a node and of all that it needs; the node's names for Ninja."""
        node = node.disambiguate()
        waiting = [node]
        while waiting:
            waiting += self._add(waiting.pop().disambiguate())
        return self._names(node)

    def add_alias(self, alias: Any) -> None:
        """Add an alias that nobody named: what Ninja cannot do of it, it says when it is asked."""
        name = path_of(alias)
        if is_built(alias) and (name, False) in self._seen:
            return  # Ninja has one thing of a name
        before = len(self.actions), set(self._seen), set(self._linked), dict(self._aliases)
        try:
            self.add(alias)
        except (UserError, SconsError) as error:
            count, self._seen, self._linked, self._aliases = before
            del self.actions[count:]
            said = shlex.quote(str(error).replace("\n", " "))
            self._append(Phase.OPTIMIZE, f"echo {said} >&2; exit 1", "make", (name,), ())

    def aliases(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The files of each alias that was found."""
        never_there = ((_ALWAYS, ()),) if self._always else ()
        return (*never_there, *((path, self._names_of(node.children()))
                                for path, node in self._aliases.items()
                                if (path, False) not in self._seen))

    def _add(self, node: Any) -> list[Any]:
        if is_value(node):
            return [child.disambiguate() for child in node.children()]
        path, alias = path_of(node), isinstance(node, SCons.Node.Alias.Alias)
        if (path, alias) in self._seen:
            return []
        self._seen.add((path, alias))
        if not alias and path in self._planned:
            return self._add_planned(node, self._planned[path])
        if is_built(node):
            return self._add_built(node)
        return self._add_other(node, path)

    def _add_other(self, node: Any, path: str) -> list[Any]:
        """Add what has no command of its own."""
        if isinstance(node, SCons.Node.Alias.Alias):
            self._aliases[path] = node
        if isinstance(node, (SCons.Node.Alias.Alias, SCons.Node.FS.Dir)):
            return self._made(node.children())
        if node.side_effect:
            return list(node.sources)
        if isinstance(node, SCons.Node.FS.File):
            self._add_source(node, path)
        return []

    def _made(self, children: Iterable[Any]) -> list[Any]:
        return [child for child in (one.disambiguate() for one in children)
                if is_made(child) and not self._is_own(child)]

    def _names(self, node: Any) -> tuple[str, ...]:
        """The names of a node for Ninja. A folder has none: the manifest depends on its time."""
        if is_value(node):  # it is a part of the command, and what it is made of counts
            return self._names_of_inputs(node.children())
        if isinstance(node, (SCons.Node.Alias.Alias, SCons.Node.FS.Dir)) and not is_built(node):
            return self._names_of(node.children())
        if node.side_effect and not node.has_builder():
            return self._names_of(node.sources)
        return (path_of(node),)

    def _names_of(self, nodes: Iterable[Any]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for node in self._made(nodes)
                                   for name in self._names(node)))

    def _names_of_inputs(self, nodes: Iterable[Any]) -> tuple[str, ...]:
        """The names of all that a command takes, sources among it."""
        return tuple(dict.fromkeys(
            name for node in (one.disambiguate() for one in nodes)
            if is_made(node) or isinstance(node, SCons.Node.FS.Base)
            for name in self._names(node)))

    def _is_own(self, node: Any) -> bool:
        if is_value(node):
            return False
        path = path_of(node)
        return any(path == own or path.startswith(f"{own}/") for own in self._own)

    def _add_planned(self, node: Any, action: Action) -> list[Any]:
        """Add a link with its planned actions, which have no SCons nodes."""
        action = _with_links(_with_others(action, node), node)
        waiting, others = [self._with_always(action, node)], []
        while waiting:
            action = waiting.pop()
            if action.outputs[0] in self._linked:
                continue
            self._linked.add(action.outputs[0])
            action, scripts = linker_scripts.followed(action, self._planned, node.fs)
            self.scripts.update(dict.fromkeys(scripts))
            self.actions.append(action)
            for path in (*action.inputs, *action.implicit, *action.order_only):
                made_by = self._planned.get(path)
                if made_by is not None and made_by.phase is not Phase.LINK:
                    waiting.append(made_by)
                else:  # (a product has a node, that may have more to it)
                    others.append(node.fs.File(from_top(path)))
        return others

    def _add_source(self, node: Any, path: str) -> None:
        """Add a source file; in a variant folder it is a copy."""
        if is_copied(node):
            # Replaced whole: for SCons, which may run beside, it is a hard link to its source.
            source = path_of(node.srcnode())
            aside = f"{path}.new"
            self.copied_from[os.path.dirname(source) or "."] = None
            self._append(Phase.DRIVER_ARGS, f"{shlex.join(('cp', '--', source, aside))} && "
                         f"{shlex.join(('mv', '-f', '--', aside, path))}",
                         "copy", (path,), (source,))

    def _add_built(self, node: Any) -> list[Any]:
        executor = node.get_executor()
        outputs = tuple(map(path_of, executor.get_all_targets()))
        self._seen.update((path, False) for path in outputs)
        found = shell_commands.of(node)
        children = list(dict.fromkeys(
            child.disambiguate() for target in executor.get_all_targets()
            for child in (*target.children(), *(target.prerequisites or ()))))
        inputs = self._names_of_inputs(children)
        if found is None or _has_line_break(node, found):
            self._add_python(node, outputs, inputs)
        elif not self._add_compile(node, found, children):
            self._append(Phase.OPTIMIZE, _exported(node) + _text(found), "make", outputs, inputs)
        self.actions[-1] = self._with_always(_with_links(self.actions[-1], node), node)
        return children

    def _with_always(self, action: Action, node: Any) -> Action:
        # (An alias may have the name of a folder, which is always there.)
        if not (node.always_build or isinstance(node, SCons.Node.Alias.Alias)):
            return action
        self._always = True
        return replace(action, implicit=(*action.implicit, _ALWAYS))

    def _add_python(self, node: Any, outputs: tuple[str, ...], inputs: tuple[str, ...]) -> None:
        planned = next((path for path in inputs if path in self._planned), None)
        if planned is not None:
            raise SconsError(f"NinjaLTO: {outputs[0]} is made by Python code out of {planned}, "
                             "which Ninja would make: name targets that are not made of it")
        # What the code says counts: it is in SCons's own signature of the action.
        contents = digest([str(node.get_executor().get_contents()), *values(node)])
        self._append(Phase.OPTIMIZE,
                     f"LTOGEN_CODE={contents} {shlex.join((*self._scons, *outputs))}",
                     "scons", outputs, inputs, pool=SCONS_POOL)

    def _add_compile(self, node: Any, found: list[ShellCommand], children: list[Any]) -> bool:
        """Add a compile, with a depfile for headers; False if the node is none."""
        if not node.sources:
            return False
        source, path = node.sources[0], path_of(node)
        if not (len(found) == 1 and found[0].simple and source.get_suffix() in COMPILED
                and "-c" in found[0].words and len(node.get_executor().get_all_targets()) == 1):
            return False
        rest = found[0].without_output(path)
        words = rest.plain if rest else None
        if words is None:
            return False
        depends = {path_of(child) for child in node.depends}
        made = tuple(path_of(child) for child in children if child is not source
                     and (is_made(child) or is_copied(child)))
        command = _compile_command(node, words)
        self.actions.append(Action(
            Phase.OPTIMIZE, command, (path,), (path_of(source),),
            tuple(sorted(depends)), command.side_outputs(path),
            order_only=tuple(one for one in made if one not in depends)))
        if is_made(source) or any(map(is_made, children)):
            self.unseen.add(path)
        return True

    def _append(self, phase: Phase, text: str, verb: str, outputs: tuple[str, ...],
                inputs: tuple[str, ...], pool: str = "") -> None:
        command = Command(("make", digest([text])), (), f"{verb} {outputs[0]}", before=text,
                          pool=pool)
        self.actions.append(Action(phase, command, outputs, inputs))


def _compile_command(node: Any, words: tuple[str, ...]) -> Command:
    """The command of a compile by `words`, but for its output."""
    native = not any(word.startswith("-flto") for word in words)
    beside = flags.side_outputs(words, front_end=True, code_generator=native)
    source = path_of(node.sources[0])
    named = tuple(Slot.INPUTS if word == source else word for word in words)
    depfile: Word = (Slot.OUTPUTS, ".d")
    whole = compiled((*named, "-MD", "-MF", depfile, "-o"), beside, depfile=depfile)
    environment = shell_commands.environment(node)
    return Command(("compile", key((*whole, *map(repr, environment), *beside))), whole,
                   ("compile ", Slot.INPUTS), depfile, environment=environment, beside=beside)


def _with_others(action: Action, node: Any) -> Action:
    """The command of a link, with what users hung before and behind it."""
    before, behind = shell_commands.around(node)
    if before is None or behind is None:
        raise SconsError(f"NinjaLTO: {path_of(node)} has Python code before or behind its link; "
                         "make that a target of its own")
    first, last = (f"( {_exported(node)}{_text(found)} )" if found else ""
                   for found in (before, behind))
    if "\n" in first + last:
        raise SconsError(f"NinjaLTO: {path_of(node)} has a line break in an action before or "
                         "behind its link; make that a target of its own")
    if not first and not last:
        return action
    command = action.command
    return replace(action, command=replace(
        command, name=(*command.name, digest([first, last])),
        before=(f"{first} && " if first else "") + command.before,
        after=command.after + (f" && {last}" if last else "")))


def _with_links(action: Action, node: Any) -> Action:
    """The command of a library with a version, with its symbolic links."""
    links = shell_commands.links(node)
    if not links:
        return action
    lines = (("ln", "-sfn", "--", link.get_dir().rel_path(to), path_of(link))
             for link, to in links)
    made = "".join(f" && {shlex.join(words)}" for words in lines)
    command = action.command
    return replace(
        action,
        command=replace(command, name=(*command.name, digest([made])), after=command.after + made),
        implicit_outputs=(*action.implicit_outputs, *(path_of(link) for link, _ in links)))


def _text(found: list[ShellCommand]) -> str:
    return " && ".join(" ".join(command.words) for command in found) or ":"


def _has_line_break(node: Any, found: list[ShellCommand]) -> bool:
    """Whether a Ninja manifest cannot spell the commands."""
    return "\n" in _exported(node) + _text(found)


def _exported(node: Any) -> str:
    """Shell text that sets the environment of a node's commands."""
    given = " ".join(f"{name}={shlex.quote(value)}"
                     for name, value in shell_commands.environment(node))
    return f"export {given} && " if given else ""
