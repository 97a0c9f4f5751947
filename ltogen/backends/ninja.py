"""A plan as a Ninja manifest.

Nothing newer than Ninja 1.10 is used, so that samurai and old distributions can build it.
"""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from ltogen.backends import shell
from ltogen.base import lean_imports
from ltogen.model import layout
from ltogen.model.action import MERGE_POOL, Action, Command, Slot, Word
from ltogen.model.plan import Plan
from ltogen.ninja import spelling

if TYPE_CHECKING:
    from ninja.ninja_syntax import Writer

MANIFEST = "build.ninja"
# A phony edge makes nothing, and the manifest's own edge makes nothing in `out`.
_BUILD = re.compile(r"^build ((?:\$.|[^:$\n])+): (?!phony|configure)", re.MULTILINE)
# An underscore that could be taken for an escape is escaped too.
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]|_(?=[0-9a-f]+_)")


class Regeneration(Struct, frozen=True):
    """How the manifest is regenerated, and the files and folders whose change triggers it."""

    command: tuple[str, ...]
    inputs: tuple[str, ...]
    edited: str = "the project file"


def manifest(plan: Plan, regeneration: Regeneration, name: str = MANIFEST,
             builddir: str = layout.OUT) -> str:
    """The text of `build.ninja`, or of a manifest of another name."""
    text = io.StringIO()
    text.write(f"# Written by ltogen: edit {regeneration.edited} instead.\n\n"
               f"builddir = {spelling.text(builddir)}\n")
    write_regeneration(text, (name,), regeneration, made(plan))
    pools = {action.command.pool for action in plan.actions} - {""}
    for pool in sorted(pools):
        _writer(text).pool(pool, plan.merges if pool == MERGE_POOL else 1)
    write_pools(text, plan)
    write_actions(text, plan.actions)
    _write_aliases(text, plan, regeneration)
    return text.getvalue()


def link_manifest(plan: Plan, builddir: str, by: str = "ld.ltogen") -> str:
    """The text of a manifest that only its writer uses, and that never regenerates itself."""
    text = io.StringIO()
    text.write(f"# Written by `{by}` for this one link.\n\n"
               f"builddir = {spelling.text(builddir)}\n")
    write_pools(text, plan)
    write_actions(text, plan.actions)
    text.write(f"default {spelling.paths(plan.defaults)}\n")
    return text.getvalue()


def write_regeneration(text: io.StringIO, manifests: tuple[str, ...], regeneration: Regeneration,
                       known: frozenset[str]) -> None:
    """Write the edge that regenerates the manifests. `known` are the outputs of other edges."""
    spell = spelling.paths
    _writer(text).rule("configure", spelling.command(regeneration.command), "configure",
                       generator=True, restat=True)
    others = f" | {spell(manifests[1:])}" if manifests[1:] else ""
    text.write(f"build {spell(manifests[:1])}{others}: configure | {spell(regeneration.inputs)}\n")
    for path in regeneration.inputs:
        if path not in known:
            # An input that went away must reconfigure, not stop the build: a phony edge without
            # inputs is out of date when its file is missing.
            text.write(f"build {spell((path,))}: phony\n")


def write_pools(text: io.StringIO, plan: Plan) -> None:
    """Write the pools that only some plans have."""
    for pool, depth in plan.pools:
        _writer(text).pool(pool, depth)


def write_actions(text: io.StringIO, actions: Iterable[Action]) -> None:
    """Write the rules and edges of a plan."""
    actions = tuple(actions)
    writer = _writer(text)
    # (Most share the very object, and to compare two takes longer.)
    commands = {id(action.command): action.command for action in actions}
    for command in dict.fromkeys(commands.values()):
        _write_rule(writer, command)
    names = {place: rule_name(command) for place, command in commands.items()}
    text.writelines(_edge(action, names[id(action.command)]) for action in actions)


def made(plan: Plan) -> frozenset[str]:
    """Every file that the plan makes."""
    return frozenset(path for action in plan.actions for path in action.made)


def outputs(text: str) -> list[list[str]]:
    """The outputs of each edge of an earlier manifest, in its order and first output first."""
    return [spelling.read_paths(found) for found in _BUILD.findall(text)]


def rule_name(command: Command) -> str:
    """A legal name for a rule; commands of different names have different ones."""
    return ".".join(_ILLEGAL.sub(lambda m: f"_{ord(m.group()):x}_", part)
                    for part in command.name)


def command_text(command: Command) -> str:
    """The command for the shell, as the text of a Ninja variable."""
    assignments = "".join(f"{name}={spelling.command((value,))} "
                          for name, value in command.environment)
    words = " ".join(map(_shell_word, command.argv))
    return f"{spelling.text(command.before)}{assignments}{words}{spelling.text(command.after)}"


def _shell_word(word: Word) -> str:
    if isinstance(word, str):
        return spelling.text(shlex.quote(word))
    if isinstance(word, Slot):
        return f"${word.value}"
    return "".join(map(_shell_word, word))


def _plain(word: Word) -> str:
    """A word that no shell reads."""
    if isinstance(word, str):
        return spelling.text(word)
    if isinstance(word, Slot):
        return f"${word.value}"
    return "".join(map(_plain, word))


def _writer(text: io.StringIO) -> Writer:
    # Long lines stay whole: folding them costs more time than all the rest.
    writer: Writer = lean_imports.import_ninja_syntax().Writer(text, width=1 << 30)
    return writer


def _write_rule(writer: Writer, command: Command) -> None:
    response = command.response
    depfile = _plain(command.depfile)
    writer.rule(
        rule_name(command), command_text(command), _plain(command.description), restat=True,
        depfile=depfile or None, deps="gcc" if depfile else None,
        rspfile=_plain(response.path) if response else None,
        rspfile_content=spelling.text(shell.content(response)) or None, pool=command.pool or None,
    )


def _edge(action: Action, rule: str) -> str:
    """One build statement. (Writing 20,000 of them is a third of `configure`.)"""
    spell = spelling.paths
    outputs = spell(action.outputs)
    if action.implicit_outputs:
        outputs += f" | {spell(action.implicit_outputs)}"
    inputs = spell(action.inputs)
    if action.implicit:
        inputs += f" | {spell(action.implicit)}"
    if action.order_only:
        inputs += f" || {spell(action.order_only)}"
    if action.validations:
        inputs += f" |@ {spell(action.validations)}"
    # (What an enumeration gives by `.value` takes longer than all else of a slot.)
    variables = "".join([f"  {slot._value_} = {spelling.command((value,))}\n"
                         for slot, value in action.slots])
    if action.dyndep:
        variables += f"  dyndep = {spelling.text(action.dyndep)}\n"
    if action.pool:
        variables += f"  pool = {action.pool}\n"
    return f"build {outputs}: {rule} {inputs}\n{variables}"


def _write_aliases(text: io.StringIO, plan: Plan, regeneration: Regeneration) -> None:
    """`ninja hello` for `ninja out/hello`, unless a file of that name is in the graph.

    A name for nothing is one that the graph depends on.
    """
    spell = spelling.paths
    taken = {path for action in plan.actions for path in (*action.inputs, *action.implicit)}
    taken |= made(plan)
    taken.update(regeneration.inputs, (MANIFEST,))
    for name, products in plan.aliases:
        if not products or name not in taken:
            text.write(f"build {spell((name,))}: phony {spell(products)}\n")
            taken.add(name)
    if "all" in taken:
        text.write(f"default {spell(plan.defaults)}\n")
    else:
        text.write(f"build all: phony {spell(plan.defaults)}\ndefault all\n")
