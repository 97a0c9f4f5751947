"""The forms in which each target is compiled, by the links that take it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ltogen.frontends.project.target_graph import TargetGraph
from ltogen.lower.forms import OF_MODE
from ltogen.model.link_unit import Form
from ltogen.model.project import Kind, Language, Lto, SourceFile, Target


def static_members(target: Target, targets: TargetGraph) -> Iterator[Target]:
    """The static libraries whose code a link of `target` takes in."""
    yield from (one for one in targets.closures[target.name] if one.kind is Kind.STATIC_LIBRARY)


def needed(targets: TargetGraph, files: Mapping[str, tuple[SourceFile, ...]],
           archived: Iterable[str], foreign: Iterable[str]) -> dict[str, frozenset[Form]]:
    """The forms of each target; each target in `archived` has a standalone form.

    A target for ThinLTO and for a merge is compiled once, as unified bitcode, if every module of
    these links can be. LLVM does not mix unified with other bitcode, and the targets in `foreign`
    bring such other bitcode with them.
    """
    found: dict[str, set[Form]] = {name: set() for name in targets.targets}
    for target, members in _links(targets):
        for member in members:
            if target.lto is not Lto.OFF:
                found[member.name].add(OF_MODE[target.lto])
    for name, forms in found.items():
        target = targets.targets[name]
        if target.lto is Lto.OFF:
            found[name] = {Form.NATIVE}
        elif not forms or (name in archived and forms == {Form.PRE_CODEGEN}):
            forms.add(Form.FULL if target.lto is Lto.FAT else Form.THIN)
    given = {name for name, sources in files.items()
             if any(file.language is Language.SUMMARISED for file in sources)}
    for name in _unified(targets, given.union(foreign), found):
        found[name] = found[name] - {Form.THIN, Form.FULL} | {Form.UNIFIED}
    return {name: frozenset(forms) for name, forms in found.items()}


def of_link(target: Target, forms: Mapping[str, frozenset[Form]]) -> Form:
    """The form of the modules that a link of `target` takes."""
    wanted = OF_MODE[target.lto]
    unified = wanted in (Form.THIN, Form.FULL) and Form.UNIFIED in forms[target.name]
    return Form.UNIFIED if unified else wanted


def standalone(forms: Iterable[Form]) -> Form | None:
    """The one of a target's forms whose modules become code without any other's; None if none."""
    order = (Form.NATIVE, Form.UNIFIED, Form.THIN, Form.FULL)
    return next((form for form in order if form in forms), None)


def _links(targets: TargetGraph) -> Iterator[tuple[Target, tuple[Target, ...]]]:
    """Each link, with the targets whose modules it takes."""
    for target in targets.targets.values():
        if target.kind is not Kind.STATIC_LIBRARY:
            members = (target, *static_members(target, targets))
            yield target, tuple(one for one in members if one.lto is not Lto.OFF)


def _unified(targets: TargetGraph, foreign: set[str],
             forms: Mapping[str, set[Form]]) -> set[str]:
    """Targets to compile as unified bitcode, with all targets that share a link with them."""
    links = [{member.name for member in members} for target, members in _links(targets)
             if target.lto in (Lto.THIN, Lto.FAT)]
    unified: set[str] = set()
    for name, wanted in forms.items():
        if name not in unified and {Form.THIN, Form.FULL} <= wanted:
            group = _connected(name, links)
            if not group & foreign:
                unified |= group
    return unified


def _connected(start: str, links: list[set[str]]) -> set[str]:
    group: set[str] = set()
    more = {start}
    while more - group:
        group |= more
        more = set().union(*(link for link in links if link & group))
    return group
