"""Asks the compiler driver, once for each kind of link, for the linker's command line.

The thin link and the final link both run the linker itself with that command line. So both see the
same one, and a driver that refuses a linker option (the embedded one) is no obstacle.
"""

from __future__ import annotations

from msgspec import Struct

from ltogen.base.digest import digest
from ltogen.clang import flags
from ltogen.lower.commands import step
from ltogen.model.action import Action, Command, Phase, Slot
from ltogen.model.site import Site


class DriverArgs(Struct, frozen=True):
    """The files `STEM.before` and `STEM.after`, and the action that writes them."""

    stem: str
    action: Action


def ask(driver: tuple[str, ...], arguments: tuple[str, ...], libraries: tuple[str, ...],
        output: str, site: Site) -> DriverArgs:
    """The action that asks what `driver` puts before and after the inputs of a link to `output`.

    `libraries` are driver arguments that come behind the inputs. Links with equal arguments share
    the answer, unless the driver may name something in it after the output.
    """
    words = [*driver, *arguments]
    output = output if flags.may_name_after_output(arguments) else ""
    key = digest([*words, "", *libraries, *(("", output) if output else ())])
    stem = site.layout.driver_args(key)
    mode = "run" if site.toolchain.link_runs else "print"
    command = Command(
        ("line", key), step("driver-args", stem, mode, output, *site.toolchain.backend, "--",
                            *words, "--", *libraries),
        "ask the driver how to link", depfile=(Slot.OUTPUTS, ".d"))
    action = Action(Phase.DRIVER_ARGS, command, (stem + ".before",), (), (site.layout.toolchain,),
                    implicit_outputs=(stem + ".after",))
    return DriverArgs(stem, action)
