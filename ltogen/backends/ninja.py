"""A plan as a Ninja manifest.

Nothing newer than Ninja 1.10 is used, so that samurai and old distributions can build it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from msgspec import Struct
from ninja.ninja_syntax import Writer

from ltogen.model import layout
from ltogen.model.plan import MERGE_POOL, Action, Plan, Rule

MANIFEST = "build.ninja"
# A phony edge makes nothing, and the manifest's own edge makes nothing in `out`.
_BUILD = re.compile(r"^build ((?:\$.|[^:$\n])+): (?!phony|configure)", re.MULTILINE)
_WORD = re.compile(r"(?:\$.|[^ $|])+")


class Regeneration(Struct, frozen=True):
    """How the manifest is made again, and the files and folders that may ask for it."""

    command: str  # Ninja text
    inputs: tuple[str, ...]
    edited: str = "the project file"


def manifest(plan: Plan, regeneration: Regeneration, name: str = MANIFEST,
             builddir: str = layout.OUT) -> str:
    """The text of `build.ninja`, or of a manifest of another name."""
    text = io.StringIO()
    text.write(f"# Written by ltogen: edit {regeneration.edited} instead.\n\n"
               f"builddir = {_value(builddir)}\n")
    write_regeneration(text, (name,), regeneration, made(plan))
    pools = {action.rule.pool for action in plan.actions} - {""}
    for pool in sorted(pools):
        _writer(text).pool(pool, plan.merges if pool == MERGE_POOL else 1)
    for pool, depth in plan.pools:
        _writer(text).pool(pool, depth)
    write_actions(text, plan.actions)
    _write_aliases(text, plan, regeneration)
    return text.getvalue()


def link_manifest(plan: Plan, builddir: str) -> str:
    """The text of a manifest that its writer alone uses, and that never writes itself again."""
    text = io.StringIO()
    text.write(f"# Written by `ld.ltogen` for this one link.\n\nbuilddir = {_value(builddir)}\n")
    write_actions(text, plan.actions)
    text.write(f"default {spell(plan.defaults)}\n")
    return text.getvalue()


def _value(path: str) -> str:
    return path.replace("$", "$$")


def write_regeneration(text: io.StringIO, manifests: tuple[str, ...], regeneration: Regeneration,
                       known: frozenset[str]) -> None:
    """The edge that makes the manifests again. `known` are the files that other edges make."""
    _writer(text).rule("configure", regeneration.command, "configure", generator=True, restat=True)
    others = f" | {spell(manifests[1:])}" if manifests[1:] else ""
    text.write(f"build {spell(manifests[:1])}{others}: configure | {spell(regeneration.inputs)}\n")
    for path in regeneration.inputs:
        if path not in known:
            # An input that went away must reconfigure, not stop the build: a phony edge without
            # inputs is out of date when its file is missing.
            text.write(f"build {spell((path,))}: phony\n")


def write_actions(text: io.StringIO, actions: Iterable[Action]) -> None:
    """The rules and edges of a plan."""
    actions = tuple(actions)
    writer = _writer(text)
    for rule in dict.fromkeys(action.rule for action in actions):
        _write_rule(writer, rule)
    text.writelines(map(_edge, actions))


def made(plan: Plan) -> frozenset[str]:
    """Every file that the plan makes."""
    return frozenset(path for action in plan.actions for path in action.made)


def spell(paths: tuple[str, ...]) -> str:
    """The paths as Ninja reads them, with a space between each."""
    joined = " ".join(paths)
    if "$" in joined or ":" in joined or joined.count(" ") != max(len(paths) - 1, 0):
        return " ".join([path.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")
                         for path in paths])
    return joined


def outputs(text: str) -> list[list[str]]:
    """What each edge of an earlier manifest makes, in its order; its first output leads."""
    return [read_paths(made) for made in _BUILD.findall(text)]


def read_paths(text: str) -> list[str]:
    """The paths of a manifest's text, with `|` between them or not."""
    if "$" not in text:
        return text.replace(" | ", " ").split(" ")
    return list(map(_unescape, _WORD.findall(text)))


def _writer(text: io.StringIO) -> Writer:
    # The stub wants a file's wrapper; the writer itself only calls write(). Long lines stay whole:
    # folding them costs more time than all the rest.
    return Writer(text, width=1 << 30)  # type: ignore[arg-type]


def _write_rule(writer: Writer, rule: Rule) -> None:
    writer.rule(
        rule.name, rule.command, rule.description, restat=True,
        depfile=rule.depfile or None, deps="gcc" if rule.depfile else None,
        rspfile=rule.rspfile or None, rspfile_content=rule.rspfile_content or None,
        pool=rule.pool or None,
    )


def _edge(action: Action) -> str:
    """One build statement. The writer takes a third of `configure` to write 20,000 of them."""
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
    variables = "".join([f"  {name} = {value}\n" for name, value in action.variables])
    return f"build {outputs}: {action.rule.name} {inputs}\n{variables}"


def _write_aliases(text: io.StringIO, plan: Plan, regeneration: Regeneration) -> None:
    """`ninja hello` for `ninja out/hello`, unless a file of that name is in the graph."""
    taken = {path for action in plan.actions for path in (*action.inputs, *action.implicit)}
    taken |= made(plan)
    taken.update(regeneration.inputs, (MANIFEST,))
    for name, products in plan.aliases:
        if name not in taken:
            text.write(f"build {spell((name,))}: phony {spell(products)}\n")
            taken.add(name)
    if "all" in taken:
        text.write(f"default {spell(plan.defaults)}\n")
    else:
        text.write(f"build all: phony {spell(plan.defaults)}\ndefault all\n")


def _unescape(text: str) -> str:
    return re.sub(r"\$(.)", r"\1", text)


