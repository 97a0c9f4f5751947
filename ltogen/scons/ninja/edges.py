"""SCons nodes as Ninja edges: links by ltogen as planned, other nodes with their own commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

import SCons.Node.Alias
import SCons.Node.FS
from msgspec.structs import replace
from SCons.Errors import UserError as SconsError
from SCons.Tool import LibSymlinksAction

from ltogen.backends.scons.paths import from_top
from ltogen.base.digest import digest
from ltogen.clang import flags
from ltogen.lower.commands import compiled, key
from ltogen.model.action import Action, Command, Phase, Slot, Word
from ltogen.ninja.spelling import check_path
from ltogen.scons.modules import COMPILED
from ltogen.scons.ninja import shell_commands
from ltogen.scons.ninja.shell_commands import ShellCommand

# Python code runs in SCons itself, one after the other: it writes its record of signatures.
SCONS_POOL = "scons"
_ALWAYS = "ltogen.always"  # no such file is ever made, so what depends on it always runs


class Edges:
    """All edges that some nodes need, each once, and the files of aliases and folders."""

    def __init__(self, planned: Mapping[str, Action], scons: tuple[str, ...],
                 own: tuple[str, ...]) -> None:
        """`scons` is a command that builds the targets appended to it.

        `own` are the paths that are no targets: ltogen's folder, and the manifest.
        """
        self._planned, self._scons, self._own = planned, scons, own
        self._seen: set[str] = set()
        self._linked: set[str] = set()  # first outputs of planned actions
        self.actions: list[Action] = []
        self._aliases: dict[str, Any] = {}

    def add(self, node: Any) -> tuple[str, ...]:
        """Add the edges of a node and of all that it needs; the node's names for Ninja."""
        node = node.disambiguate()
        waiting = [node]
        while waiting:
            waiting += self._add(waiting.pop().disambiguate())
        return self._names(node)

    def aliases(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The files of each alias that was found."""
        return tuple((path, self._names_of(node.children()))
                     for path, node in self._aliases.items())

    def _add(self, node: Any) -> list[Any]:
        path = path_of(node)
        if path in self._seen:
            return []
        self._seen.add(path)
        if path in self._planned:
            return self._add_planned(node, self._planned[path])
        if _is_built(node):
            return self._add_built(node)
        if isinstance(node, (SCons.Node.Alias.Alias, SCons.Node.FS.Dir)):
            if isinstance(node, SCons.Node.Alias.Alias):
                self._aliases[path] = node
            return self._made(node.children())
        if node.side_effect:
            return list(node.sources)
        if isinstance(node, SCons.Node.FS.File):
            self._add_source(node, path)
        return []

    def _made(self, children: Iterable[Any]) -> list[Any]:
        return [child for child in (one.disambiguate() for one in children)
                if _is_made(child) and not self._is_own(child)]

    def _names(self, node: Any) -> tuple[str, ...]:
        """The names of a node for Ninja. A folder has none: the manifest depends on its time."""
        if isinstance(node, (SCons.Node.Alias.Alias, SCons.Node.FS.Dir)) and not _is_built(node):
            return self._names_of(node.children())
        if node.side_effect and not node.has_builder():
            return self._names_of(node.sources)
        known = isinstance(node, (SCons.Node.FS.Base, SCons.Node.Alias.Alias))
        return (path_of(node),) if known else ()  # (a value is a part of the command)

    def _names_of(self, nodes: Iterable[Any]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for node in self._made(nodes)
                                   for name in self._names(node)))

    def _is_own(self, node: Any) -> bool:
        path = path_of(node)
        return any(path == own or path.startswith(f"{own}/") for own in self._own)

    def _add_planned(self, node: Any, action: Action) -> list[Any]:
        """Add a link with its planned actions, which have no SCons nodes."""
        executor = node.get_executor()
        around = (*executor.pre_actions, *executor.post_actions)
        if any(action is not LibSymlinksAction for action in around):
            raise SconsError(f"NinjaLTO: {path_of(node)} has an action before or behind its link; "
                             "make that a target of its own")
        waiting, others = [_with_links(action, node)], []
        while waiting:
            action = waiting.pop()
            if action.outputs[0] in self._linked:
                continue
            self._linked.add(action.outputs[0])
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
        if _is_copied(node):
            # Replaced whole: for SCons, which may run beside, it is a hard link to its source.
            source = path_of(node.srcnode())
            aside = f"{path}.new"
            self._append(Phase.DRIVER_ARGS, f"{shlex.join(('cp', '--', source, aside))} && "
                         f"{shlex.join(('mv', '-f', '--', aside, path))}",
                         "copy", (path,), (source,))

    def _add_built(self, node: Any) -> list[Any]:
        executor = node.get_executor()
        outputs = tuple(map(path_of, executor.get_all_targets()))
        self._seen.update(outputs)
        found = shell_commands.of(node)
        children = list(dict.fromkeys(
            child.disambiguate() for target in executor.get_all_targets()
            for child in (*target.children(), *(target.prerequisites or ()))))
        inputs = tuple(dict.fromkeys(
            name for child in children if _is_made(child) or isinstance(child, SCons.Node.FS.Base)
            for name in self._names(child)))
        if node.always_build:
            if _ALWAYS not in self._seen:
                self._append(Phase.DRIVER_ARGS, ":", "always", (_ALWAYS,), ())
            self._seen.add(_ALWAYS)
            inputs = (*inputs, _ALWAYS)
        if found is None:
            self._add_python(node, outputs, inputs)
        elif not self._add_compile(node, found, children):
            self._append(Phase.OPTIMIZE, _exported(node) + _text(found), "make", outputs, inputs)
        self.actions[-1] = _with_links(self.actions[-1], node)
        return children

    def _add_python(self, node: Any, outputs: tuple[str, ...], inputs: tuple[str, ...]) -> None:
        planned = next((path for path in inputs if path in self._planned), None)
        if planned is not None:
            raise SconsError(f"NinjaLTO: {outputs[0]} is made by Python code out of {planned}, "
                             "which Ninja would make: name targets that are not made of it")
        # What the code says counts: it is in SCons's own signature of the action.
        contents = digest([str(node.get_executor().get_contents()), *_values(node)])
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
                     and (_is_made(child) or _is_copied(child)))
        command = _compile_command(node, words)
        self.actions.append(Action(
            Phase.OPTIMIZE, command, (path,), (path_of(source),),
            tuple(sorted(depends)), command.side_outputs(path),
            order_only=tuple(one for one in made if one not in depends)))
        return True

    def _append(self, phase: Phase, text: str, verb: str, outputs: tuple[str, ...],
                inputs: tuple[str, ...], pool: str = "") -> None:
        if "\n" in text:
            raise SconsError(f"NinjaLTO: {outputs[0]}: its command has a line break, which a Ninja "
                             "manifest cannot spell")
        description: Word = verb if verb == "always" else f"{verb} {outputs[0]}"
        command = Command(("make", digest([text])), (), description, before=text, pool=pool)
        self.actions.append(Action(phase, command, outputs, inputs))


def _compile_command(node: Any, words: tuple[str, ...]) -> Command:
    """The command of a compile by `words`, but for its output."""
    native = not any(word.startswith("-flto") for word in words)
    beside = flags.side_outputs(words, front_end=True, code_generator=native)
    source = path_of(node.sources[0])
    named = tuple(Slot.INPUTS if word == source else word for word in words)
    depfile: Word = (Slot.OUTPUTS, ".d")
    whole = compiled((*named, "-MD", "-MF", depfile, "-o"), beside)
    environment = shell_commands.environment(node)
    return Command(("compile", key((*whole, *map(repr, environment), *beside))), whole,
                   ("compile ", Slot.INPUTS), depfile, environment=environment, beside=beside)


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


def path_of(node: Any) -> str:
    """A node's path from the top folder. Raises UserError for a path that Ninja cannot spell."""
    if isinstance(node, SCons.Node.FS.File):
        node = node.rfile()  # where it is: in a variant folder, or only where that comes from
    # (What str() gives may have been kept from another folder.)
    text = node.get_internal_path() if isinstance(node, SCons.Node.FS.Base) else str(node)
    return check_path(text, "NinjaLTO")


def _is_built(node: Any) -> bool:
    """Whether a node has a command of its own; most aliases and folders have none."""
    if isinstance(node, SCons.Node.Alias.Alias):
        return shell_commands.of(node) != []
    if isinstance(node, SCons.Node.FS.Dir):
        return node.builder is not SCons.Node.FS.get_MkdirBuilder()
    return bool(node.has_builder())


def _values(node: Any) -> list[str]:
    """Sources that are values, not files."""
    return [str(child.get_contents()) for child in node.children()
            if not isinstance(child, (SCons.Node.FS.Base, SCons.Node.Alias.Alias))]


def _is_made(node: Any) -> bool:
    if isinstance(node, (SCons.Node.Alias.Alias, SCons.Node.FS.Dir)) and not _is_built(node):
        return any(map(_is_made, (child.disambiguate() for child in node.children())))
    return _is_built(node) or bool(node.side_effect)


def _is_copied(node: Any) -> bool:
    """Whether SCons copies a source to a variant folder."""
    if not isinstance(node, SCons.Node.FS.File) or _is_made(node):
        return False
    source = node.srcnode()
    return path_of(source) != path_of(node) and bool(source.exists())


def _text(found: list[ShellCommand]) -> str:
    return " && ".join(" ".join(command.words) for command in found) or ":"


def _exported(node: Any) -> str:
    """Shell text that sets the environment of a node's commands."""
    given = " ".join(f"{name}={shlex.quote(value)}"
                     for name, value in shell_commands.environment(node))
    return f"export {given} && " if given else ""
