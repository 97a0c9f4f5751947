"""A plan whose backends run on other machines.

Ninja counts jobs, wherever they run. So all that runs here is in a pool as deep as there are
processors, and backends in one of their own: then Ninja can be given as many jobs as both have.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from ltogen.model.action import Action, Command, Phase
from ltogen.model.plan import Plan
from ltogen.toolchain import step_code

# (Beside those of a build that was taken over.)
HERE, THERE = "ltogen_here", "ltogen_remote"


class Farm(msgspec.Struct, frozen=True):
    """Where the server is, an address or a file of settings, and the jobs here and there."""

    where: str
    here: int
    there: int


def apart(plan: Plan, farm: Farm | None) -> Plan:
    """The plan, whose backends ask the build's client process; as it is if all runs here."""
    if farm is None:
        return plan
    actions = tuple(_placed(action) for action in asking(plan.actions, farm.where))
    return replace(plan, actions=actions,
                   pools=(*plan.pools, (HERE, farm.here), (THERE, farm.there)))


def asking(actions: Iterable[Action], where: str) -> Iterator[Action]:
    """The actions, whose backends ask the build's client process; `where` is the server."""
    commands: dict[int, Command] = {}
    for action in actions:
        if _has_key(action):
            # (Many actions share the very object.)
            known = id(action.command)
            if known not in commands:
                commands[known] = _asks(action.command, where)
            action = replace(action, command=commands[known])
        yield action


def _placed(action: Action) -> Action:
    if action.command.pool:
        return action
    if _has_key(action):
        return replace(action, pool=THERE)
    return action if action.pool else replace(action, pool=HERE)


def _has_key(action: Action) -> bool:
    """Whether it is a backend of a thin link: those without an index are a part of a compile."""
    return action.phase is Phase.BACKEND and "--key" in action.command.argv


def _asks(command: Command, where: str) -> Command:
    return replace(command, argv=(
        sys.executable, "-IS", step_code.REMOTE, step_code.of_remote(), where, sys.executable, "-P",
        "-m", "ltogen.remote_build", "--", *command.argv))
