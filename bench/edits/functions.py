"""The functions that a compile makes code for, found by the compiler itself."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from ltogen.model.plan import Compilation

_DEFINE = re.compile(r'^define [^@\n]*@("[^"\n]+"|[\w.$-]+)\(.*!dbg !(\d+)', re.MULTILINE)
_SUBPROGRAM = re.compile(r"^!(\d+) = distinct !DISubprogram\((.*)\)$", re.MULTILINE)
_FILE = re.compile(
    r'^!(\d+) = !DIFile\(filename: "([^"]*)", directory: "([^"]*)"', re.MULTILINE)
_FIELD = re.compile(r"\b(file: !|line: |scopeLine: )(\d+)")


class Function(msgspec.Struct, frozen=True):
    """One function: `path` as it really is, the lines (from 1) of its name and its first brace."""

    symbol: str
    path: str
    line: int
    brace: int
    local: bool  # static, or in an unnamed namespace


class Compiler(msgspec.Struct, frozen=True):
    """Runs a build's compiles with another output."""

    folder: Path  # the build's

    def text(self, compilation: Compilation, *options: str) -> str | None:
        """The IR as text; None if the compiler refuses the source."""
        words = [*compilation.arguments, *options, "-w", "-S", "-emit-llvm",
                 str(compilation.source), "-o", "-"]
        words = [word for word in words if word != "-c"]
        done = subprocess.run(words, cwd=self.folder, capture_output=True, check=False,
                              stdin=subprocess.DEVNULL)
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None

    def path(self, compilation: Compilation) -> str:
        """The source as it really is."""
        return str((self.folder / compilation.source).resolve())

    def functions(self, compilation: Compilation, below: Path) -> list[Function]:
        """Those of files in the folder `below`; none of a source that does not compile."""
        ir = self.text(compilation, "-O0", "-gline-tables-only", "-Xclang", "-disable-llvm-passes")
        return sorted(set(_functions(ir or "", self.folder, str(below.resolve()) + os.sep)),
                      key=lambda one: (one.path, one.line, one.symbol))


def _functions(ir: str, base: Path, below: str) -> Iterator[Function]:
    files = {number: str(Path(base, folder, name).resolve())
             for number, name, folder in _FILE.findall(ir)}
    programs = dict(_SUBPROGRAM.findall(ir))
    for symbol, number in _DEFINE.findall(ir):
        fields = programs.get(number, "")
        found = {name.rstrip(": !"): int(value) for name, value in _FIELD.findall(fields)}
        path = files.get(str(found.get("file")), "")
        if path.startswith(below) and found.keys() >= {"line", "scopeLine"}:
            yield Function(symbol.strip('"'), path, found["line"], found["scopeLine"],
                           "DISPFlagLocalToUnit" in fields)


def bodies(ir: str) -> Mapping[str, str]:
    """What an IR text says by function, without the numbers that change when others do.

    What is outside of functions stands under the empty name.
    """
    parts: dict[str, str] = {}
    rest, end = [], 0
    for found in re.finditer(r'^define [^@\n]*@("[^"\n]+"|[\w.$-]+)\(.*?^\}\n', ir,
                             re.MULTILINE | re.DOTALL):
        parts[found.group(1).strip('"')] = _plain(found.group())
        rest.append(ir[end:found.start()])
        end = found.end()
    parts[""] = "".join([*rest, ir[end:]])
    return parts


def _plain(text: str) -> str:
    text = re.sub(r", !srcloc !\d+", "", text)
    return re.sub(r"([!#])\d+", r"\1", text)


def code(ir: str) -> str:
    """An IR text without what says where in the source an instruction was written."""
    text = re.sub(r", !srcloc !\d+", "", ir)
    text = re.sub(r"^!\d+ = !\{(i64 \d+(, )?)+\}$", "", text, flags=re.MULTILINE)
    return re.sub(r"^\^.*\n", "", text, flags=re.MULTILINE)


