"""Arguments of a target that say something else than the project file does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ltogen.base.errors import UserError
from ltogen.clang import flags
from ltogen.frontends.project.forms import static_members
from ltogen.frontends.project.target_graph import TargetGraph
from ltogen.model.link_unit import Form
from ltogen.model.project import Kind, Lto, Target

# What `-flto` may say beside each form, and beside each mode of a link. Nothing is always right.
_OF_FORM = {Form.THIN: "thin", Form.UNIFIED: "thin", Form.FULL: "full", Form.PRE_CODEGEN: "off",
            Form.NATIVE: "off"}
_OF_LINK = {Lto.THIN: "thin", Lto.FAT: "full", Lto.COMBINE: "full", Lto.OFF: "off"}
_CALLED = {Form.THIN: "thin", Form.UNIFIED: "thin", Form.FULL: "fat", Form.PRE_CODEGEN: "combine",
           Form.NATIVE: "off"}
# Flags that make something else than what the graph's commands are for.
_OTHER_OUTPUT = {
    "-ffat-lto-objects": "write embed-bitcode = true instead",
    "-funified-lto": "remove it; targets of several modes are unified by themselves",
    **dict.fromkeys(("-E", "-M", "-MM", "-S", "-emit-llvm", "-fsyntax-only", "-o"),
                    "remove it; ltogen's commands say what is made"),
}


def check(targets: TargetGraph, forms: Mapping[str, frozenset[Form]]) -> None:
    """Raises UserError for a flag that contradicts `lto`, or that changes what a command makes."""
    for target in targets.targets.values():
        for key in ("compile_args", "c_args", "cxx_args"):
            _check_output(target, key)
            for form in sorted(forms[target.name]):
                _check_mode(target, key, _OF_FORM[form], _CALLED[form])
        if target.kind is not Kind.STATIC_LIBRARY:
            for member in (target, *static_members(target, targets)):
                _check_mode(member, "link_args", _OF_LINK[target.lto], target.lto)


def _check_mode(target: Target, key: str, fits: str, mode: str) -> None:
    arguments: tuple[str, ...] = getattr(target, key)
    if flags.lto_mode(arguments) in ("", fits):
        return
    said = [flag for flag in _flags(arguments) if flags.lto_mode([flag])][-1]
    raise UserError(f"{_where(target, key)}: {said} contradicts lto = \"{mode}\"; remove the "
                    "flag, or change lto")


def _check_output(target: Target, key: str) -> None:
    for flag in _flags(getattr(target, key)):
        if flag in _OTHER_OUTPUT:
            raise UserError(f"{_where(target, key)}: {flag}: {_OTHER_OUTPUT[flag]}")


def _flags(arguments: Sequence[str]) -> Iterable[str]:
    return (flag for flag, *_ in flags.groups(arguments))


def _where(target: Target, key: str) -> str:
    return f"[targets.{target.name}] {key.replace('_', '-')}"
