"""The same sources without ltogen and without optimisation: what a program should print."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ltogen.toolchain import Request, Toolchain, choose
from tests.support import program_text
from tests.support.programs import MAIN, Home, Program
from tests.support.workspace import run


@dataclass(frozen=True)
class Reference:
    """A folder with native objects, each named by what it was compiled from."""

    folder: Path
    toolchain: Toolchain

    @classmethod
    def of(cls, folder: Path, kind: str) -> Reference:
        """An empty reference for one kind of toolchain."""
        folder.mkdir()
        return cls(folder, choose(Request(kind=kind), folder / "none"))

    def outputs(self, program: Program, files: Mapping[str, str]) -> dict[str, str]:
        """What each executable of the program prints."""
        headers = {name: text for name, text in files.items() if name.startswith("include/")}
        for name, text in headers.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text)
        objects = {home: self._compile(home, program, files, repr(headers))
                   for home in program.homes()}
        return {home: self._run(home, program, objects) for home in program.homes()
                if home in MAIN}

    def _compile(self, home: Home, program: Program, files: Mapping[str, str],
                 headers: str) -> list[str]:
        """The objects of one target in link order; those that are new, by a single command."""
        defines = [f"-D{define}" for define in program_text.defines(program, home)]
        sources = {self._stem(text, defines, headers): text for name, text in sorted(files.items())
                   if name.startswith(f"src/{home}/")}
        new = [stem for stem in sources if not (self.folder / f"{stem}.o").exists()]
        for stem in new:
            (self.folder / f"{stem}.c").write_text(sources[stem])
        if new:
            self._do([*self.toolchain.cc, "-O0", "-fPIC", "-Iinclude", *defines, "-c",
                      *(f"{stem}.c" for stem in new)])
        return [f"{stem}.o" for stem in sources]

    def _stem(self, *parts: object) -> str:
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _run(self, home: Home, program: Program, objects: Mapping[Home, list[str]]) -> str:
        if Home.PLUG in program.depends(home):
            self._link(Home.PLUG, "libplug.so", program, objects, "-shared")
        self._link(home, str(home), program, objects)
        return self._do([f"./{home}"])

    def _link(self, home: Home, product: str, program: Program, objects: Mapping[Home, list[str]],
              *words: str) -> None:
        driver = [word for word in self.toolchain.link_cc if word not in ("-###", "-v")]
        inputs = list(objects[home])
        for library in program.depends(home):
            inputs += (["./libplug.so", "-Wl,-rpath,$ORIGIN"] if library is Home.PLUG
                       else objects[library])
        self._do([*driver, *words, *inputs, "-o", product])

    def _do(self, command: list[str]) -> str:
        done = run(command, self.folder)
        assert done.status == 0, f"{command}\n{done.text}"
        return done.stdout
