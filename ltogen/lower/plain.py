"""Native objects of bitcode that no other module had a say in, and archives of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from ltogen.base.quoting import ninja_text, response
from ltogen.clang import flags
from ltogen.lower.prebuilt_bitcode import by_linker
from ltogen.lower.rules import compile_command, cut_off, rule_name
from ltogen.model.link_unit import Module
from ltogen.model.plan import Action, Phase, Rule
from ltogen.model.site import Site


def native_of(module: Module, site: Site) -> str:
    """The native object that stands for `module` where it is optimised with no other."""
    return module.native or site.layout.plain + module.path


def backends(name: str, natives: Iterable[tuple[Module, str]], site: Site) -> Iterator[Action]:
    """Native objects of bitcode, made once for every link without LTO; each with its path."""
    rules: dict[tuple[bool, tuple[str, ...]], Rule] = {}
    toolchain = site.layout.toolchain
    for module, native in natives:
        if native == module.native:
            continue
        key = (module.thin, module.plain_flags)
        if key not in rules:
            make = _backend_rule if module.thin else _linker_rule
            rules[key] = make(rule_name("plain", name, str(len(rules))), module.plain_flags, site)
        rule = rules[key]
        yield Action(Phase.BACKEND, rule, (native,), (module.bitcode,),
                     (toolchain, *module.reads), rule.side_outputs(native),
                     cost=float(module.size))


def _linker_rule(name: str, arguments: tuple[str, ...], site: Site) -> Rule:
    return Rule(name, by_linker(arguments, site), "plain $out")


def _backend_rule(name: str, arguments: tuple[str, ...], site: Site) -> Rule:
    # An empty index tells clang that the front-end passes, sanitizers among them, are done.
    words = (*site.toolchain.backend, *arguments, "-Wno-override-module",
             "-fthinlto-index=/dev/null", "-c", "-x", "ir")
    beside = flags.side_outputs(arguments, front_end=False, code_generator=True)
    return Rule(name, compile_command(words, "$in -o", beside),
                "plain $out", beside=beside)


def archive(product: str, name: str, objects: tuple[str, ...], site: Site) -> Action:
    """The static library `product`, of native objects, for any linker."""
    # The archiver wants the archive before its members, and the path to write comes last.
    script = f'{shlex.join(site.toolchain.ar)} qcsD "$1" "@$0"'
    rule = Rule(
        rule_name("archive", name), cut_off(("sh", "-c", script), "$out.rsp"), "archive $out",
        rspfile="$out.rsp", rspfile_content=ninja_text(response(objects)),
    )
    return Action(Phase.LINK, rule, (product,), objects, (site.layout.toolchain,))
