"""Edits of a random program: what a user does between two builds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from hypothesis import strategies as st

from tests.support.programs import (
    FUNCTIONS,
    Does,
    Function,
    Home,
    Linkage,
    Module,
    Options,
    Program,
    Step,
    bodies,
    new_module,
)


class Change(Enum):
    """Kinds of edit."""

    BODY = "body"
    COMMENT = "comment"
    SIGNATURE = "signature and callers"
    HEADER = "header"
    HEADER_COMMENT = "comment in a header"
    COMMON_HEADER = "header that all include"
    NEW_FILE = "new file"
    DELETE_FILE = "deleted file and its uses"
    OPTIMIZE = "optimisation level"
    DEFINE = "define"
    NO_INLINE = "-fno-inline"
    LTO = "lto on or off"
    ARCHIVE = "archive as a product"
    PUBLISH = "static becomes extern"
    RENAME = "function renamed"
    RENAME_FILE = "file renamed"
    RESTORE = "earlier content"


@dataclass(frozen=True)
class Edit:
    """One edit; `pick` says where, modulo what there is."""

    change: Change
    pick: int
    value: int
    steps: tuple[Step, ...]

    def apply(self, history: Sequence[Program]) -> Program:
        """The program that follows the last one of `history`."""
        return _CHANGES[self.change](history, self)


def edits(modules: int) -> st.SearchStrategy[Edit]:
    """One edit of a program that began with so many modules."""
    return st.builds(Edit, st.sampled_from(Change), st.integers(0, 60), st.integers(1, 999),
                     bodies(modules))


def _on_module(change: Callable[[Module, Edit], Module]) -> Callable[..., Program]:
    """The edit that replaces one module."""
    def apply(history: Sequence[Program], edit: Edit) -> Program:
        modules = list(history[-1].modules)
        at = edit.pick % len(modules)
        modules[at] = change(modules[at], edit)
        return replace(history[-1], modules=tuple(modules))
    return apply


def _on_function(change: Callable[[Function, Edit], Function],
                 only: Linkage | None = None) -> Callable[..., Program]:
    """The edit that replaces one function, of one linkage if `only` says so."""
    def apply(history: Sequence[Program], edit: Edit) -> Program:
        program = history[-1]
        found = [function for module in program.modules for function in module.functions
                 if only in (None, function.linkage)]
        if not found:
            return program
        old = found[edit.pick % len(found)]
        return _with_function(program, change(old, edit))
    return apply


def _with_function(program: Program, new: Function) -> Program:
    return replace(program, modules=tuple(
        replace(module, functions=tuple(new if old.number == new.number else old
                                        for old in module.functions))
        for module in program.modules))


def _on_options(change: Callable[[Options, Edit], Options]) -> Callable[..., Program]:
    """The edit that replaces the options of one target."""
    def apply(history: Sequence[Program], edit: Edit) -> Program:
        program = history[-1]
        home = program.homes()[edit.pick % len(program.homes())]
        return replace(program, options=tuple(
            change(options, edit) if options.home is home else options
            for options in program.options))
    return apply


def _body(function: Function, edit: Edit) -> Function:
    """Other statements, or one more."""
    old = function.steps if edit.value % 2 else edit.steps
    return replace(function, steps=(*old, Step(Does.MIX, edit.value)))


def _publish(function: Function, edit: Edit) -> Function:
    name = function.name if function.name.startswith("f") else f"f{function.number}"
    return replace(function, linkage=Linkage.EXTERN, name=name)


def _new_file(history: Sequence[Program], edit: Edit) -> Program:
    """A module of one function, and a call to it from somewhere."""
    program = history[-1]
    if len(program.modules) >= 18:
        return program
    number = max(module.number for module in program.modules) + 1
    user = program.modules[edit.pick % len(program.modules)]
    home = tuple(Home)[edit.value % len(Home)] if edit.value % 3 == 0 else user.home
    call = Step(Does.CALL, edit.value, (number * FUNCTIONS,))
    caller = user.functions[edit.value % len(user.functions)]
    program = _with_function(program, replace(caller, steps=(*caller.steps, call)))
    module = new_module(number, home, (edit.steps,), edit.value)
    return replace(program, modules=(*program.modules, module))


def _delete_file(history: Sequence[Program], edit: Edit) -> Program:
    modules = list(history[-1].modules)
    if len(modules) > 1:
        del modules[edit.pick % len(modules)]
    return replace(history[-1], modules=tuple(modules))


def _common_header(history: Sequence[Program], edit: Edit) -> Program:
    return replace(history[-1], common=edit.value)


def _archive(history: Sequence[Program], edit: Edit) -> Program:
    return replace(history[-1], archive=not history[-1].archive)


def _restore(history: Sequence[Program], edit: Edit) -> Program:
    """The project as it was a few edits ago."""
    return history[-2 - edit.pick % (len(history) - 1)] if len(history) > 1 else history[-1]


_CHANGES: dict[Change, Callable[[Sequence[Program], Edit], Program]] = {
    Change.BODY: _on_function(_body),
    Change.COMMENT: _on_module(lambda module, edit: replace(module, note=edit.value)),
    Change.SIGNATURE: _on_function(lambda old, _: replace(old, wide=not old.wide)),
    Change.HEADER: _on_module(lambda module, edit: replace(module, factor=edit.value)),
    Change.HEADER_COMMENT: _on_module(lambda old, edit: replace(old, header_note=edit.value)),
    Change.COMMON_HEADER: _common_header,
    Change.NEW_FILE: _new_file,
    Change.DELETE_FILE: _delete_file,
    Change.OPTIMIZE: _on_options(lambda old, edit: replace(old, optimize="0123sz"[edit.value % 6])),
    Change.DEFINE: _on_options(lambda old, edit: replace(old, tune=edit.value)),
    Change.NO_INLINE: _on_options(lambda old, _: replace(old, inline=not old.inline)),
    Change.LTO: _on_options(lambda old, _: replace(old, lto=not old.lto)),
    Change.ARCHIVE: _archive,
    Change.PUBLISH: _on_function(_publish, Linkage.STATIC),
    Change.RENAME: _on_function(
        lambda old, edit: replace(old, name=f"f{old.number}_{edit.value}")),
    Change.RENAME_FILE: _on_module(
        lambda old, edit: replace(old, file=f"{'mn'[edit.value % 2]}{old.number}_{edit.value}")),
    Change.RESTORE: _restore,
}
