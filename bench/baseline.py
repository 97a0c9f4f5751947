"""Their side: a Ninja manifest as one writes it by hand around lld's in-process ThinLTO.

The compiles are those of our graph to the letter, clang called directly; the link is one command.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.graph import JOBS, Graph
from bench.places import NINJA, fresh
from bench.process import Run, run
from ltogen.model import layout
from ltogen.model.plan import Compilation

PRODUCT = "out/product"


@dataclass(frozen=True, slots=True)
class ByHand:
    """A build directory beside that of `graph`, which is built and whose project it builds too.

    `lto` is the link's mode; "none": neither compiles nor link know of LTO. `cache`: the link has a
    `--thinlto-cache-dir`. `edges`: pad the manifest with copies to so many. `link`: what the link
    has besides, `level` of optimisation included.
    """

    graph: Graph
    build: Path
    cache: bool = False
    lto: str = "thin"
    edges: int = 0
    level: str = "3"
    link: tuple[str, ...] = ("-pthread",)
    cxx: bool = False

    def configure(self) -> None:
        """Write the manifest into an empty folder."""
        fresh(self.build)
        compilations = self.compilations()
        (self.build / "build.ninja").write_text(
            "\n".join([*compiles(compilations), *self._link(compilations),
                       *self._copies(compilations)]) + "\n")

    def compilations(self) -> list[Compilation]:
        """Those of the graph, without LTO if there is none."""
        return [msgspec.structs.replace(entry, arguments=tuple(
            word for word in entry.arguments if self.lto != "none" or word != "-flto=thin"))
            for entry in self.graph.compilations()]

    def ninja(self, *arguments: str) -> Run:
        """Ninja with two jobs."""
        return run([NINJA, "-j", JOBS, *arguments], self.build)

    def relink(self) -> Run:
        """The link alone."""
        (self.build / PRODUCT).unlink()
        return self.ninja()

    def _link(self, compilations: list[Compilation]) -> list[str]:
        words = self.link_words("$in", "$out")
        objects = " ".join(entry.output for entry in compilations)
        return ["rule link", f"  command = {words}", f"build {PRODUCT}: link {objects}"]

    def link_words(self, inputs: str, output: str, *options: str) -> str:
        """The link command; the embedded toolchain's driver refuses options, so lld itself."""
        toolchain = self.graph.toolchain()
        cached = ("--thinlto-cache-dir=cache",) if self.cache else ()
        linker = (f"--thinlto-jobs={JOBS}", "-z", "noexecstack", *cached, *options)
        if toolchain.kind == "system":
            words = (*(toolchain.cxx if self.cxx else toolchain.cc), *self._lto_words(),
                     f"--ld-path={toolchain.ld[0]}", *(f"-Wl,{word}" for word in linker))
            return f"{shlex.join(words)} {inputs} {shlex.join(self.link)} -o {output}"
        before, after = (self.graph.build / part for part in self.graph.driver_args())
        # zig's own line leaves the level of LTO to lld, which would take 2.
        words = (*toolchain.ld, f"@{before}", f"--lto-O{self.level}", *linker)
        return f"{shlex.join(words)} {inputs} {shlex.join([f'@{after}'])} -o {output}"

    def _lto_words(self) -> tuple[str, ...]:
        return (f"-flto={self.lto}", f"-O{self.level}") if self.lto != "none" else ()

    def _copies(self, compilations: list[Compilation]) -> list[str]:
        count = max(self.edges - len(compilations) - 1, 0)
        sources = [compilations[index % len(compilations)].output for index in range(count)]
        return ["rule copy", "  command = cp $in $out",
                *(f"build {layout.OUT}/copy/{index}.o: copy {source}"
                  for index, source in enumerate(sources))]


def compiles(compilations: list[Compilation]) -> list[str]:
    """The lines of a manifest that compile."""
    names: dict[tuple[str, ...], str] = {}
    lines: list[str] = [f"builddir = {layout.OUT}"]
    for entry in compilations:
        if entry.arguments not in names:
            names[entry.arguments] = f"compile{len(names)}"
            command = f"{shlex.join(entry.arguments)} -MD -MF $out.d -c $in -o $out"
            lines += [f"rule {names[entry.arguments]}", f"  command = {command}",
                      "  depfile = $out.d", "  deps = gcc"]
        lines.append(f"build {entry.output}: {names[entry.arguments]} {entry.source}")
    return lines
