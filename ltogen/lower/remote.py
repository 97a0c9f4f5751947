"""A plan whose backends run on other machines.

Ninja counts jobs, wherever they run. So all that runs here is in a pool as deep as there are
processors, and backends in one of their own: then Ninja can be given as many jobs as both have.
"""

from __future__ import annotations

import sys

import msgspec
from msgspec.structs import replace

from ltogen.lower.commands import step
from ltogen.model.action import Action, Command, Phase
from ltogen.model.plan import Plan

# (Beside those of a build that was taken over.)
_HERE, _THERE = "ltogen_here", "ltogen_remote"


class Farm(msgspec.Struct, frozen=True):
    """Where the server is, an address or a file of settings, and the jobs here and there."""

    where: str
    here: int
    there: int


def apart(plan: Plan, farm: Farm) -> Plan:
    """The plan, whose backends ask the build's client process."""
    commands: dict[int, Command] = {}
    return replace(plan, actions=tuple(_placed(action, farm, commands) for action in plan.actions),
                   pools=(*plan.pools, (_HERE, farm.here), (_THERE, farm.there)))


def _placed(action: Action, farm: Farm, commands: dict[int, Command]) -> Action:
    if action.phase is Phase.BACKEND and not action.command.pool:
        # (Many actions share the very object.)
        known = id(action.command)
        if known not in commands:
            commands[known] = _asks(action.command, farm.where)
        return replace(action, command=commands[known], pool=_THERE)
    return action if action.pool or action.command.pool else replace(action, pool=_HERE)


def _asks(command: Command, where: str) -> Command:
    return replace(command, argv=(*step("remote", where, sys.executable, "-P", "-m",
                                        "ltogen.remote_build", "--"), *command.argv))
