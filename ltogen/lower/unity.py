"""Small sources joined in one codegen unit: one optimisation and one backend for all of them.

Each is still compiled by itself, with what its own flags and headers say, to IR that nobody has
optimised: an edit compiles one file. clang then links the others into the first, and optimises.
"""

from __future__ import annotations

from collections.abc import Sequence

from ltogen.lower.commands import Words, compiled, key
from ltogen.lower.source_units import Source
from ltogen.model.action import Action, Command, Phase, ResponseFile, Slot, Word
from ltogen.model.site import Site


def unit(sources: Sequence[Source], keys: Sequence[str], path: str,
         site: Site) -> tuple[Action, ...]:
    """What makes the module `path` of sources with equal flags, whose own would be `keys`."""
    parts = [f"{site.layout.units}{one.removesuffix('.o')}.bc" for one in keys]
    actions = [_to_ir(source, part, site) for source, part in zip(sources, parts, strict=True)]
    return (*actions, _join(sources, parts, path, site))


def _to_ir(source: Source, part: str, site: Site) -> Action:
    # clang replaces its output whole, and the action that joins leaves its own alone: without a
    # shell around, a tiny source takes a fifteenth less.
    depfile: Word = (Slot.OUTPUTS, ".d")
    words: Words = (*source.words, "-Xclang", "-disable-llvm-passes", "-MD", "-MF", depfile, "-c",
             Slot.INPUTS, "-o", Slot.OUTPUTS)
    command = Command(("ir", key(words)), words, ("ir   ", Slot.INPUTS), depfile)
    return Action(Phase.OPTIMIZE, command, (part,), (source.path,),
                  (site.layout.toolchain, *source.reads), size=float(source.size))


def _join(sources: Sequence[Source], parts: Sequence[str], path: str, site: Site) -> Action:
    first, *others = parts
    words = sources[0].for_ir(site)
    linked = tuple(word for part in others
                   for word in ("-Xclang", "-mlink-bitcode-file", "-Xclang", part))
    response = ResponseFile((Slot.OUTPUTS, ".rsp"), linked)
    command = Command(
        ("join", key((*words, path))),
        compiled((*words, first, ("@", Slot.OUTPUTS, ".rsp"), "-c", "-o"), ()),
        ("join ", Slot.OUTPUTS), response=response)
    return Action(Phase.OPTIMIZE, command, (site.layout.bitcode + path,), tuple(parts),
                  (site.layout.toolchain, *sources[0].reads),
                  size=float(sum(source.size for source in sources)))
