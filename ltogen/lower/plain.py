"""Native objects of modules that are compiled without any other, and archives of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from ltogen.clang import flags
from ltogen.lower.commands import Words, backend, cut_off
from ltogen.lower.prebuilt_bitcode import by_linker
from ltogen.model.action import Action, Command, Phase, ResponseFile, Slot
from ltogen.model.link_unit import Module
from ltogen.model.site import Site


def native_of(module: Module, site: Site) -> str:
    """The native object of `module`, compiled without any other module."""
    return module.native or site.layout.plain + module.path


def backends(name: str, natives: Iterable[tuple[Module, str]], site: Site) -> Iterator[Action]:
    """The backends without a thin link; each makes one native object for all links without LTO."""
    commands: dict[tuple[bool, tuple[str, ...]], Command] = {}
    toolchain = site.layout.toolchain
    for module, native in natives:
        if native == module.native:
            continue
        key = (module.thin, module.plain_flags)
        if key not in commands:
            make = _by_compiler if module.thin else _by_linker
            commands[key] = make(("plain", name, str(len(commands))), module.plain_flags, site)
        command = commands[key]
        yield Action(Phase.BACKEND, command, (native,), (module.bitcode,),
                     (toolchain, *module.reads), command.side_outputs(native),
                     size=float(module.size))


def _by_linker(name: tuple[str, ...], arguments: tuple[str, ...], site: Site) -> Command:
    return Command(name, by_linker(arguments, site), ("code ", Slot.OUTPUTS))


def _by_compiler(name: tuple[str, ...], arguments: tuple[str, ...], site: Site) -> Command:
    # An empty index tells clang that the front-end passes, sanitizers among them, are done.
    words: Words = (*site.toolchain.backend, *arguments, "-Wno-override-module",
             "-fthinlto-index=/dev/null", "-c", "-x", "ir", Slot.INPUTS, "-o")
    beside = flags.side_outputs(arguments, front_end=False, code_generator=True)
    return Command(name, backend(words, beside, site.toolchain.backend), ("code ", Slot.OUTPUTS),
                   beside=beside)


def archive(product: str, name: str, objects: tuple[str, ...], site: Site) -> Action:
    """The static library `product`, of native objects, for any linker."""
    # The archiver wants the archive before its members, and the path to write comes last.
    script = f'{shlex.join(site.toolchain.ar)} qcsD "$1" "@$0"'
    members = (Slot.OUTPUTS, ".rsp")
    command = Command(("archive", name), cut_off(("sh", "-c", script, members)),
                      ("archive ", Slot.OUTPUTS), response=ResponseFile(members, objects))
    return Action(Phase.LINK, command, (product,), objects, (site.layout.toolchain,))
