"""A small build.ninja that is taken over, and its plain twin that shows what must come out."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from ltogen.linker import index
from ltogen.steps.indexes import INDEX
from tests.support.system_toolchain import AR, CC, CXX
from tests.support.workspace import HISTORY, NINJA, Run, run

OUT = "ltogen.out"
# Like most builds: depfiles, archives made anew, lld.
RULES = """\
    cflags = -O2
    rule cc
      command = $cc $cflags -MD -MF $out.d -c $in -o $out
      depfile = $out.d
      deps = gcc
    rule cxx
      command = $cxx $cflags -c $in -o $out
    rule ar
      command = rm -f $out && $ar qcs $out $in
    rule link
      command = $cc -fuse-ld=lld $flags $in -o $out $libs
    rule link_cxx
      command = $cxx -fuse-ld=lld $flags $in -o $out $libs
    rule run
      command = $do
"""
# `add` is small enough to be inlined into its callers, and ends in a number to edit.
ADD = "int add(int x) { return x + 40; }\n"
USES_ADD = """\
#include <stdio.h>
int add(int);
int main(int n, char **v) { (void)v; printf("sum %d\\n", add(n)); return add(n) & 1; }
"""
NM = AR[::-1].replace("ra", "mn", 1)[::-1]  # llvm-ar-22 has llvm-nm-22 beside it


@dataclass(frozen=True)
class Existing:
    """A build folder with a hand-written manifest, beside a copy that is built as it is."""

    folder: Path
    ninja_file: str = "ltogen.ninja"
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def twin(self) -> Path:
        """Where the plain build runs."""
        return self.folder.parent / "plain" / self.folder.name

    def write(self, files: dict[str, str]) -> None:
        """Write sources; the rules are put in front of a `build.ninja`."""
        self.sources.update(files)
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(manifest(text) if name == "build.ninja" else text)
            if text.startswith("#!"):
                path.chmod(0o755)

    def shell(self, command: str) -> None:
        """Prepare something in the build folder, with the tools under their usual names."""
        done = run(["sh", "-ec", command], self.folder, {"CC": CC, "CXX": CXX, "AR": AR})
        assert done.status == 0, done.text

    def plain(self, *targets: str) -> Run:
        """Build the twin as it stands, from what is in the folder now."""
        if not self.twin.exists():
            shutil.copytree(self.folder, self.twin, symlinks=True)
        done = run([NINJA, *targets], self.twin)
        assert done.status == 0, done.text
        return done

    def try_take_over(self, *words: str) -> Run:
        """`ltogen configure --from`, allowed to fail."""
        return run([sys.executable, "-P", "-m", "ltogen", "configure", "--from",
                    str(self.folder), *words], self.folder.parent)

    def take_over(self, *words: str) -> Run:
        """`ltogen configure --from`, which must succeed."""
        done = self.try_take_over(*words)
        assert done.status == 0, done.text
        return done

    def try_make(self, *targets: str) -> Run:
        """Ninja with the new manifest, allowed to fail."""
        return run([NINJA, "-f", self.ninja_file, *targets], self.folder)

    def make(self, *targets: str) -> Run:
        """Ninja with the new manifest, which must succeed."""
        done = self.try_make(*targets)
        assert done.status == 0, done.text
        return done

    def out(self, path: str) -> Path:
        """A file of the graph."""
        return self.folder / OUT / path

    def imports(self, unit: str) -> dict[str, set[str]]:
        """For each module of a link the modules that its backend reads."""
        folder = self.out(f"thinlink/{unit}")
        return {module: _spoken_of(path.read_bytes()) - {module}
                for path in folder.rglob(f"*{INDEX}")
                if (module := str(path.relative_to(folder)).removesuffix(INDEX))}

    def natives(self, unit: str) -> set[str]:
        """Modules of a link that the linker took; the others have an empty object."""
        folder = self.out(f"native/{unit}")
        return {str(path.relative_to(folder)) for path in folder.rglob("*")
                if path.is_file() and path.stat().st_size}

    def files(self) -> dict[str, bytes]:
        """All that was built, but for the logs and HISTORY; of the manifest the lines.

        Their order is that of how long the edges took.
        """
        made = {str(path.relative_to(self.folder)): path.read_bytes()
                for path in sorted(self.folder.rglob("*"))
                if path.is_file() and not path.name.startswith(".ninja_")
                and "other.json" not in path.name and not path.name.endswith(HISTORY)}
        if self.ninja_file in made:
            made[self.ninja_file] = b"\n".join(sorted(made[self.ninja_file].splitlines()))
        return made

    def clean(self, keep: Iterable[str]) -> None:
        """Remove whatever a build made."""
        kept = set(keep)
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif str(path.relative_to(self.folder)) not in kept:
                path.unlink()


def manifest(text: str) -> str:
    """A whole manifest from its own part; `$in` and `$out` have a meaning in commands of `run`."""
    return f"cc = {CC}\ncxx = {CXX}\nar = {AR}\n{dedent(RULES)}{_RUN.sub(_filled, dedent(text))}"


_RUN = re.compile(r"^build ([^|:\n]*)([^\n]*?): run([^|\n]*)([^\n]*)\n( +)do = ([^\n]*)",
                  re.MULTILINE)


def _filled(match: re.Match[str]) -> str:
    outputs, more, inputs, others, indent, command = match.groups()
    command = command.replace("$in", inputs.strip()).replace("$out", outputs.strip())
    return f"build {outputs}{more}: run{inputs}{others}\n{indent}do = {command}"


def behaviour(folder: Path, product: str, arguments: Sequence[str] = ()) -> tuple[int, str]:
    """What a program does: its exit code and all that it prints."""
    done = run([str(folder / product), *arguments], folder)
    return done.status, done.text


def existing(folder: Path, files: dict[str, str]) -> Existing:
    """A build in `folder`, ready to be built."""
    build = Existing(folder)
    folder.mkdir(parents=True)
    build.write(files)
    return build


def check(build: Existing, *programs: str, edit: tuple[str, str, str] | None = ("a.c", "40", "50"),
          targets: Sequence[str] = (), warned: Sequence[str] = ()) -> Run:
    """Take the build over, and hold every program against its plain twin, before and after `edit`.

    `warned` are the products that warnings name; there is no other message. Returns the first
    build.
    """
    before = [str(path.relative_to(build.folder)) for path in build.folder.rglob("*")
              if not path.is_dir() or path.is_symlink()]
    build.plain()
    configured = build.take_over(*targets)
    warnings = re.findall(r"^ltogen: warning: (.*)$", configured.stderr, re.MULTILINE)
    assert len(warnings) == len(warned), configured.text
    for product, warning in zip(warned, warnings, strict=True):
        assert product in warning, configured.text
    first = build.make(*targets)
    # Ninja itself takes a `;` in a depfile for the end of a name.
    if "no work to do" in build.plain().stdout:
        assert "no work to do" in build.make(*targets).stdout
    _same_behaviour(build, programs)
    if edit:
        _check_edit(build, programs, edit, targets, before)
    return first


def _same_behaviour(build: Existing, programs: Sequence[str]) -> None:
    for program in programs:
        expected, seen = behaviour(build.twin, program), behaviour(build.folder, program)
        assert seen == expected, program


def _check_edit(build: Existing, programs: Sequence[str], edit: tuple[str, str, str],
                targets: Sequence[str], before: Sequence[str]) -> None:
    name, old, new = edit
    for folder in (build.folder, build.twin):
        path = folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        _later(path)
    was = [behaviour(build.twin, program) for program in programs]
    build.plain()
    if programs:
        assert was != [behaviour(build.twin, program) for program in programs], "nothing edited"
    build.make(*targets)
    _same_behaviour(build, programs)
    assert "no work to do" in build.make(*targets).stdout
    edited = build.files()
    build.clean(before)
    build.take_over(*targets)
    build.make(*targets)
    clean = build.files()
    assert [path for path in edited | clean
            if edited.get(path) != clean.get(path) and not path.endswith(".d")] == []


def _later(path: Path) -> None:
    """A file system may count in ticks that are longer than a build."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def _spoken_of(data: bytes) -> set[str]:
    """The modules that an index speaks of."""
    read = index.read(data)
    return {one.path.removeprefix(f"{OUT}/bitcode/") for one in read.modules} if read else set()
