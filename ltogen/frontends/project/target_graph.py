"""The targets of a project as a graph: dependencies and link order."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ltogen.base.errors import UserError, did_you_mean
from ltogen.model.project import Kind, Target


class TargetGraph(Struct, frozen=True):
    """Targets by name, each with its link closure: dependents before what they depend on."""

    targets: dict[str, Target]
    closures: dict[str, tuple[Target, ...]]
    in_shared_library: frozenset[str]  # targets whose code ends in a shared library
    depended: frozenset[str]  # targets that another one depends on


def build(members: Sequence[Target]) -> TargetGraph:
    """The graph of a project's targets.

    Raises UserError for an unknown dependency, a cycle, or a dependency that cannot be linked.
    """
    targets = {target.name: target for target in members}
    for target in members:
        _check_depends(target, targets)
    _check_cycles(targets)
    closures = {name: _closure(target, targets) for name, target in targets.items()}
    in_shared_library = {
        member.name
        for name, target in targets.items() if target.kind is Kind.SHARED_LIBRARY
        for member in (target, *closures[name]) if member.kind is not Kind.EXECUTABLE
    }
    depended = {name for target in members for name in target.depends}
    return TargetGraph(targets, closures, frozenset(in_shared_library), frozenset(depended))


def _check_depends(target: Target, targets: dict[str, Target]) -> None:
    for name in target.depends:
        where = f"[targets.{target.name}] depends"
        if name not in targets:
            raise UserError(f"{where}: no target '{name}'{did_you_mean(name, targets)}")
        if targets[name].kind is Kind.EXECUTABLE:
            raise UserError(f"{where}: '{name}' is an executable; only libraries can be linked")


def _check_cycles(targets: dict[str, Target]) -> None:
    done: set[str] = set()
    for start in targets:
        trail = [start]
        pending = [iter(targets[start].depends)]
        while pending:
            name = next(pending[-1], None)
            if name is None:
                done.add(trail.pop())
                pending.pop()
            elif name in trail:
                cycle = " -> ".join([*trail[trail.index(name):], name])
                raise UserError(f"targets depend on each other in a cycle: {cycle}; break it")
            elif name not in done:
                trail.append(name)
                pending.append(iter(targets[name].depends))


def _closure(target: Target, targets: dict[str, Target]) -> tuple[Target, ...]:
    """What a link of `target` takes in, each library after all that need it.

    A shared library is a finished link: the link does not take its dependencies.
    """
    order: dict[str, Target] = {}

    def visit(name: str) -> None:
        if name in order:
            return
        if targets[name].kind is Kind.STATIC_LIBRARY:
            for below in reversed(targets[name].depends):
                visit(below)
        order[name] = targets[name]

    for name in reversed(target.depends):
        visit(name)
    return tuple(reversed(order.values()))
