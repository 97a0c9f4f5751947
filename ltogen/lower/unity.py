"""Small sources joined in one codegen unit: one optimisation and one backend for all of them.

Each is still compiled by itself, with what its own flags and headers say, to IR that nobody has
optimised: an edit compiles one file. clang then links the others into the first, and optimises.
"""

from __future__ import annotations

from collections.abc import Sequence

from ltogen.base.digest import digest
from ltogen.base.quoting import ninja_text, response, shell
from ltogen.lower.rules import compile_command
from ltogen.lower.source_units import Source
from ltogen.model.plan import Action, Phase, Rule
from ltogen.model.site import Site


def unit(sources: Sequence[Source], keys: Sequence[str], path: str,
         site: Site) -> tuple[Action, ...]:
    """What makes the module `path` of sources with equal flags, whose own would be `keys`."""
    parts = [f"{site.layout.units}{key.removesuffix('.o')}.bc" for key in keys]
    actions = [_to_ir(source, part, site) for source, part in zip(sources, parts, strict=True)]
    return (*actions, _join(sources, parts, path, site))


def _to_ir(source: Source, part: str, site: Site) -> Action:
    # clang replaces its output whole, and the action that joins leaves its own alone: without a
    # shell around, a tiny source takes a fifteenth less.
    words = shell((*source.words, "-Xclang", "-disable-llvm-passes"))
    command = f"{words} -MD -MF $out.d -c $in -o $out"
    rule = Rule(f"ir.{digest((command,))}", command, "ir   $in", "$out.d")
    return Action(Phase.OPTIMIZE, rule, (part,), (source.path,),
                  (site.layout.toolchain, *source.reads), cost=float(source.file.size))


def _join(sources: Sequence[Source], parts: Sequence[str], path: str, site: Site) -> Action:
    first, *others = parts
    words = sources[0].for_ir(site)
    linked = [word for part in others
              for word in ("-Xclang", "-mlink-bitcode-file", "-Xclang", part)]
    bitcode = site.layout.bitcode + path
    rule = Rule(f"join.{digest((*words, path))}",
                compile_command(words, f"{shell([first])} @$out.rsp -c -o", ()), "join $out",
                rspfile="$out.rsp", rspfile_content=ninja_text(response(linked)))
    return Action(Phase.OPTIMIZE, rule, (bitcode,), tuple(parts),
                  (site.layout.toolchain, *sources[0].reads),
                  cost=float(sum(source.file.size for source in sources)))
