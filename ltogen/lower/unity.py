"""Unity units: small sources in one codegen unit, with one optimisation and one backend for all.

Each source is still compiled by itself, with its own flags and headers, to unoptimised IR: an edit
compiles one file. clang then links the IR of the others into that of the first, and optimises.
"""

from __future__ import annotations

from collections.abc import Sequence

from ltogen.lower.commands import KEEP_LAST, Words, compiled, key
from ltogen.lower.cut_sources import Source
from ltogen.model.action import Action, Command, Phase, ResponseFile, Slot, Word
from ltogen.model.site import Site


def actions(sources: Sequence[Source], keys: Sequence[str], path: str,
            site: Site) -> tuple[Action, ...]:
    """The actions that make the module `path` from `sources`, which have equal flags.

    `keys` are the modules that the sources would be alone.
    """
    parts = [f"{site.layout.codegen_units}{one.removesuffix('.o')}.bc" for one in keys]
    compiles = [_to_ir(source, part, site) for source, part in zip(sources, parts, strict=True)]
    return (*compiles, _optimize(sources, parts, path, site))


def _to_ir(source: Source, part: str, site: Site) -> Action:
    # clang replaces its output whole, and the action behind it cuts off: without a shell around, a
    # tiny source takes a fifteenth less.
    depfile: Word = (Slot.OUTPUTS, ".d")
    words: Words = (*source.words, "-Xclang", "-disable-llvm-passes", "-MD", "-MF", depfile, "-c",
             Slot.INPUTS, "-o", Slot.OUTPUTS)
    command = Command(("ir", key(words)), words, ("compile ", Slot.INPUTS), depfile)
    return Action(Phase.OPTIMIZE, command, (part,), (source.path,),
                  (site.layout.toolchain, *source.reads), size=float(source.size))


def _optimize(sources: Sequence[Source], parts: Sequence[str], path: str, site: Site) -> Action:
    first, *others = parts
    words = sources[0].for_ir(site)
    linked = tuple(word for part in others
                   for word in ("-Xclang", "-mlink-bitcode-file", "-Xclang", part))
    response = ResponseFile((Slot.OUTPUTS, ".rsp"), linked)
    command = Command(
        ("unity", key((*words, path))),
        compiled((*words, first, ("@", Slot.OUTPUTS, ".rsp"), "-c", "-o"), (), KEEP_LAST),
        ("join ", Slot.OUTPUTS), response=response)
    return Action(Phase.OPTIMIZE, command, (site.layout.bitcode + path,), tuple(parts),
                  (site.layout.toolchain, *sources[0].reads),
                  size=float(sum(source.size for source in sources)))
