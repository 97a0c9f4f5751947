"""Links and archives without a thin link: each module is compiled alone."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from ltogen import flags, layout
from ltogen.lower.rules import compile_command, cut_off, link, rule_name
from ltogen.model import Action, LinkUnit, Module, Phase, Rule
from ltogen.quoting import ninja_text, response
from ltogen.site import Site


def native_of(module: Module, site: Site) -> str:
    """The native object that stands for `module` where there is no thin link."""
    return site.layout.plain + module.path


def lower(unit: LinkUnit, site: Site) -> Iterator[Action]:
    """The single action that links `unit`, all of whose inputs are native."""
    stem = site.layout.linker_line(layout.ascii_name(unit.name))
    words = (*site.toolchain.ld, f"@{unit.linker_line}.before", f"@{stem}.line",
             f"@{unit.linker_line}.after")
    rule = Rule(
        rule_name("link", unit.name), link(words, f"{stem}.d", unit.prefix, unit.suffix),
        "link $out", depfile=ninja_text(f"{stem}.d"), rspfile=ninja_text(f"{stem}.line"),
        rspfile_content=ninja_text(response(unit.line)), pool=unit.pool,
    )
    yield Action(
        Phase.LINK, rule, (unit.product,), unit.objects,
        (unit.linker_line + ".before", unit.linker_line + ".after", site.layout.toolchain),
        unit.outputs, unit.order_only, validations=unit.validations)


def backends(name: str, natives: Iterable[tuple[Module, str]], site: Site) -> Iterator[Action]:
    """Native objects of bitcode, made once for every link without LTO; each with its path."""
    rules: dict[tuple[str, ...], Rule] = {}
    toolchain = site.layout.toolchain
    for module, native in natives:
        rule = rules.get(module.plain_flags)
        if rule is None:
            rule = _backend_rule(name, module.plain_flags, len(rules), site)
            rules[module.plain_flags] = rule
        yield Action(Phase.BACKEND, rule, (native,), (module.bitcode,),
                     (toolchain, *module.reads), rule.side_outputs(native),
                     cost=float(module.size))


def _backend_rule(name: str, arguments: tuple[str, ...], number: int, site: Site) -> Rule:
    # An empty index tells clang that the front-end passes, sanitizers among them, are done.
    words = (*site.toolchain.backend, *arguments, "-Wno-override-module",
             "-fthinlto-index=/dev/null", "-c", "-x", "ir")
    beside = flags.side_outputs(arguments, front_end=False, code_generator=True)
    return Rule(rule_name("plain", name, str(number)), compile_command(words, "$in -o", beside),
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
