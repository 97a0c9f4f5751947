"""The actions that cut large sources into codegen units.

One action compiles a source to unoptimised IR, one cuts that IR, and each codegen unit is then
optimised as a module of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ltogen.clang import flags
from ltogen.lower.commands import KEEP_LAST, compiled, key, step
from ltogen.model import layout
from ltogen.model.action import Action, Command, Phase, Slot
from ltogen.model.site import Site

# With these, a compile to bitcode writes unoptimised IR as text. (`-S` would write text too, but
# clang warns if `-c` is there as well, as it is in SCons's commands.)
TO_IR = ("-Xclang", "-disable-llvm-passes", "-Xclang", "-emit-llvm", "-c")


class Cut(Struct, frozen=True):
    """The codegen units of a source: their actions, and each module with its bitcode."""

    actions: tuple[Action, ...]
    modules: tuple[tuple[str, str], ...]


class Source(Struct, frozen=True):
    """A source that is cut into `codegen_units`, and the words that compile it for a thin link.

    `size` is in bytes. The first `driver` words name the compiler. `reads` are files that the
    compile reads and leaves out of its depfile.
    """

    path: str
    size: int
    codegen_units: int
    words: tuple[str, ...]
    driver: int
    reads: tuple[str, ...]

    def for_ir(self, site: Site) -> tuple[str, ...]:
        """The words that optimise the source's IR for a thin link."""
        # The flags to the letter: of those for the front end, nothing is left to do.
        return (*site.toolchain.backend, *self.words[self.driver:],
                "-Qunused-arguments", "-Wno-override-module", "-x", "ir")


def cut(source: Source, module: str, site: Site) -> Cut:
    """The actions that cut the IR of a source, and its codegen units."""
    text = site.layout.whole_ir(module)
    parts = site.layout.ir_parts(module, source.codegen_units)
    actions = [_division(source, text, module, parts, site)]
    modules = []
    for order, part in enumerate(parts):
        path = layout.codegen_unit_module(module, order)
        bitcode = site.layout.bitcode + path
        actions.append(_optimize(source, part, bitcode, site))
        modules.append((path, bitcode))
    return Cut(tuple(actions), tuple(modules))


def to_ir(source: Source, module: str, site: Site) -> Action:
    """The action that compiles a source to unoptimised IR."""
    words = (*source.words, *TO_IR)
    beside = flags.side_outputs(source.words, front_end=True, code_generator=False)
    depfile = (Slot.OUTPUTS, ".d")
    command = Command(
        ("ir", key(words)),
        compiled((*words, "-MD", "-MF", depfile, Slot.INPUTS, "-o"), beside, depfile=depfile),
        ("compile ", Slot.INPUTS), depfile)
    return Action(Phase.OPTIMIZE, command, (site.layout.whole_ir(module),), (source.path,),
                  (site.layout.toolchain, *source.reads), size=float(source.size) * 2)


def _division(source: Source, text: str, module: str, parts: Sequence[str], site: Site) -> Action:
    command = Command(("cut", key((module,))), step("cut", text, module, *parts),
                      f"cut {source.path} in {len(parts)}")
    return Action(Phase.OPTIMIZE, command, tuple(parts), (text,), (site.layout.toolchain,),
                  size=float(source.size) * 2)


def _optimize(source: Source, part: str, bitcode: str, site: Site) -> Action:
    words = source.for_ir(site)
    command = Command(("unit", key(words)),
                      compiled((*words, "-c", Slot.INPUTS, "-o"), (), KEEP_LAST),
                      ("optimize ", Slot.INPUTS))
    return Action(Phase.OPTIMIZE, command, (bitcode,), (part,),
                  (site.layout.toolchain, *source.reads),
                  size=float(source.size) / source.codegen_units)
