"""A final link that is lld's own, down to the order of files, and makes no code.

lld links the bitcode as the user's line has it, and asks a program for the native objects that it
wants (`--thinlto-distributor`, since LLVM 21). The program hands over those that the graph has
made. It costs a second thin link, and all of regular LTO again.
"""

from __future__ import annotations

import os
import sys

from ltogen.steps import file_order, hand_over

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from ltogen.linker.command_line import CommandLine
    from ltogen.linker.inputs import Inputs
    from ltogen.steps.link import Link
    from ltogen.steps.native_inputs import Natives

_MAIN = f"{os.path.dirname(hand_over.__file__)}/__main__.py"


def is_needed(line: CommandLine, reads: Inputs, natives: Natives, *,
              beyond: bool) -> bool:
    """Whether a link of natives in the place of modules may make another program than lld does.

    `beyond`: bitcode says something of symbols that no object can.
    """
    return beyond or file_order.matters(line, reads, natives)


def words(link: Link, line: list[str]) -> list[str]:
    """The words of the final link, for the `line` of the thin link."""
    program, *arguments = (sys.executable, "-IS", _MAIN, hand_over.STEP, "", link.bitcode,
                           link.natives)
    return [
        *line, f"--thinlto-distributor={program}",
        *(f"--thinlto-distributor-arg={word}" for word in arguments),
        # Nobody runs it, and nothing is kept where lld would look for it by its own key.
        "--thinlto-remote-compiler=none", "--thinlto-cache-dir="]
