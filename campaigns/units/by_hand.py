"""Their side: the largest source cut by `llvm-split`, as one would write it by hand."""

from __future__ import annotations

import shlex
from pathlib import Path

from bench.baseline import ByHand, compiles
from bench.places import fresh
from bench.process import Run
from campaigns.checks.build import Built
from campaigns.units.program import Program

_CUT = """
rule ir
  command = {compile} -Xclang -disable-llvm-passes -emit-llvm -c $in -o $out
rule split
  command = {split} -j{units} $in -o largest. && touch $out
rule opt
  command = {compile} -w -x ir -c $in -o $out
build largest.bc: ir {source}
build {parts}: split largest.bc
"""


def build(whole: Built, program: Program) -> Run:
    """From nothing, with the compiles and the link of `whole`, lld's own ThinLTO."""
    hand = ByHand(whole.graph, fresh(whole.graph.build.with_name("by-hand")))
    compilations = whole.graph.compilations()
    largest = next(one for one in compilations if one.source.endswith(program.largest))
    parts = [f"largest.{number}" for number in range(program.units)]
    lines = [_CUT.format(
        compile=shlex.join(largest.arguments), units=program.units, source=largest.source,
        split=Path(whole.graph.toolchain().ar[0]).with_name("llvm-split"), parts=" ".join(parts))]
    lines += [f"build {part}.o: opt {part}" for part in parts]
    others = [one for one in compilations if one is not largest]
    objects = [one.output for one in others]
    lines += [*compiles(others), "rule link",
              f"  command = {hand.link_words('$in', '$out')} {shlex.join(program.libraries)}",
              f"build product: link {' '.join([*objects, *(f'{part}.o' for part in parts)])}"]
    (hand.build / "build.ninja").write_text("\n".join(lines) + "\n")
    return hand.ninja()
