"""What lld's own command line says of its backends, and lld does not tell the distributor."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from msgspec import Struct

from ltogen.base.errors import UserError
from ltogen.linker import command_line, link_flags
from ltogen.linker.command_line import CommandLine

_COFF_LLVM = re.compile(r"[-/]mllvm:(.*)", re.IGNORECASE)
# lld tells these itself.
_TOLD = ("lto-sample-profile", "lto-pgo-warn-mismatch", "no-lto-pgo-warn-mismatch")
# What in-process LTO does, and no backend's command line can say.
_LOST = ("plugin-opt=dwo_dir", "opt-remarks-", "lto-newpm-passes", "lto-aa-pipeline",
         "lto-partitions")
# Backends that are apart from each other must agree on names.
_REFUSED = "-always-rename-promoted-locals=false"


class Flags(Struct, frozen=True):
    """Words for each backend, and the options of the linker that are lost."""

    words: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def of_parent() -> Flags:
    """The flags by the command line of the process that waits for this one.

    None if nobody can say, as on other systems than Linux. Raises UserError for an option with
    which backends cannot be distributed.
    """
    try:
        with open(f"/proc/{os.getppid()}/cmdline", "rb") as file:  # (of which the size is unknown)
            words = file.read()
    except OSError:
        return Flags()
    return of_line([os.fsdecode(word) for word in words.split(b"\0")[:-1]])


def of_line(words: list[str]) -> Flags:
    """The flags by the words of a linker, its name first."""
    if not words:
        return Flags()
    flavour = _flavour(words)
    if flavour == "link":
        found = tuple(word for arg in words[1:] if (llvm := _COFF_LLVM.match(arg))
                      for word in ("-mllvm", llvm[1]))
        _check(found)
        return Flags(found)
    if not flavour:
        return Flags()
    line = command_line.of_linker(words[1:])
    line.arguments = [one for one in line.arguments if one.option not in _TOLD]
    found = tuple(_of_elf(line))
    _check(found)
    return Flags(found, tuple(one.words[0] for one in line.arguments
                              if one.option.startswith(_LOST)))


def _of_elf(line: CommandLine) -> Iterator[str]:
    yield from link_flags.of_backends(line)
    if not line.position_independent():
        # clang may have another default; lld tells of -fpic alone.
        yield "-fno-pie"


def _flavour(words: list[str]) -> str:
    """`elf` or `link` for lld of that kind; empty for another program."""
    name = os.path.basename(words[0]).removesuffix(".exe")
    if name.startswith("lld-link"):
        return "link"
    if name.startswith("ld.lld") or words[1:2] in (["ld.lld"], ["-flavor"]):
        return "elf"
    return ""


def _check(words: tuple[str, ...]) -> None:
    if _REFUSED in words:
        raise UserError(f"{_REFUSED}: backends that are apart need other names for promoted "
                        "locals; leave it out, or link without a distributor")
