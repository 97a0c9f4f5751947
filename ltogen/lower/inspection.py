"""One module of a plan, for inspection: its intermediate steps, or its backend alone."""

from __future__ import annotations

import msgspec

from ltogen.base.errors import UserError, did_you_mean
from ltogen.model import layout
from ltogen.model.action import Phase
from ltogen.model.plan import Plan


def for_inspection(plan: Plan, kept: str | None, single: str | None) -> Plan:
    """The plan, checked to have the module `kept`; its defaults are the backends of `single`.

    Raises UserError for a module that the plan does not have.
    """
    if kept:
        _check_module(plan, kept)
    return _single_module(plan, single) if single else plan


def _single_module(plan: Plan, name: str) -> Plan:
    """`plan` with the backends of the module `name` for defaults, one for each link that has it."""
    outputs = [action.outputs[0] for action in plan.actions if action.phase is Phase.BACKEND]
    return msgspec.structs.replace(plan, defaults=_named(outputs, name, "--single-module"))


def _check_module(plan: Plan, name: str) -> None:
    _named([path for action in plan.actions if action.phase is Phase.OPTIMIZE
            for path in action.outputs], name, "--save-temps")


def _named(paths: list[str], name: str, option: str) -> tuple[str, ...]:
    found = tuple(path for path in paths if layout.names_module(name, path))
    if not found:
        known = {path.removesuffix(".o").rpartition("/")[2] for path in paths}
        raise UserError(f"{option} {name}: no module of this name is optimised"
                        f"{did_you_mean(name.rpartition('/')[2], known)}")
    return found
