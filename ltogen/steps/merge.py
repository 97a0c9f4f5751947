"""Step `merge`: merges one link's modules, optimises the whole, and generates code in partitions.

lld does this with the link's own command line, up to the objects, and links nothing. An object that
did not change stays untouched, so that the final link does not run again.
"""

from __future__ import annotations

import mmap
import os
import re
import sys

from ltogen.base import elf, files, response_files
from ltogen.base.errors import StepError
from ltogen.steps import start, threads
from ltogen.steps.linker_failure import linker_failure
from ltogen.steps.temps import Temps

# LLVM ends with a stack dump where a pass plugin is not what it wants.
_CRASH = re.compile(r"^LLVM ERROR: (.*)", re.MULTILINE)
# No part of these has a say in the objects.
_LINK_NOTHING = ("-o", "/dev/null", "--strip-all", "--build-id=none", "--icf=none",
                 "--compress-debug-sections=none", "-Map=", "--threads=1")


class _Merge:
    """The arguments of the step, by position; the folder ends with a slash.

    `before` and `after` are response files, or empty where `line` is the linker's whole line.
    """

    def __init__(self, words: list[str]) -> None:
        self.start = start.now()
        self.folder, partitions, self.line, self.before, self.after = words[:5]
        self.partitions = int(partitions)
        at = words.index("--")
        self.linker, self.options = words[5:at], words[at + 1:]
        # Where the linker writes; beside the result, so that a rename can move it.
        self.scratch = f"{self.folder.rstrip('/')}.new/"

    def object(self, number: int) -> str:
        """The object of a partition."""
        return f"{self.folder}lto.{number}.o"


def main(arguments: list[str]) -> None:
    """Run the step."""
    merge = _Merge(arguments)
    files.remove_tree(merge.scratch)
    os.makedirs(merge.scratch)
    try:
        named = _run_linker(merge)
        _move_all(merge)
    finally:
        files.remove_tree(merge.scratch)
    result = f"{merge.folder}link.rsp"
    files.write_if_changed(f"{result}.d", files.depfile(result, []).rstrip() + named + b"\n")
    start.settle((result, *map(merge.object, range(merge.partitions))), _names(named), merge.start)


def _names(depends: bytes) -> list[str]:
    """The files that a depfile names behind its colon."""
    return [re.sub(r"\\(.)", r"\1", name).replace("$$", "$")
            for name in re.findall(r"(?:\\.|[^\s\\])+", os.fsdecode(depends))]


def _run_linker(merge: _Merge) -> bytes:
    """Write all objects to the scratch folder; the inputs, as a depfile has them."""
    depfile = f"{merge.scratch}depends"
    kept = Temps(merge.options)
    command = [
        *merge.linker, *(f"@{file}" for file in (merge.before, merge.line, merge.after) if file),
        f"--lto-partitions={merge.partitions}",
        f"--lto-obj-path={merge.scratch}lto", f"--dependency-file={depfile}", *_LINK_NOTHING,
        *kept.options, *kept.remarks]
    status, output, errors = threads.run(command, merge.partitions)
    sys.stdout.buffer.write(output)
    kept.keep()
    if status != 0:
        raise _failure(merge, os.fsdecode(errors), status)
    sys.stderr.buffer.write(errors)
    # What lld names as its product has no colon.
    return (files.read(depfile) or b"").partition(b":")[2].partition(b"\n\n")[0]


def _failure(merge: _Merge, message: str, status: int) -> StepError:
    crash = _CRASH.search(message)
    if crash:
        return StepError(f"ltogen: {merge.folder}: {crash[1].rstrip('. ')}{_advice(crash[1])}")
    return linker_failure(merge.linker[0], status, message, merge.scratch, merge.folder,
                          "the merged module's code")


def _advice(message: str) -> str:
    if "Wrong API version on plugin" in message or "undefined symbol" in message:
        return "; build the plugin for the LLVM that links"
    if "parse pass pipeline" in message:
        return "; see `passes` in the project file"
    return ""


def _has_content(path: str) -> bool:
    """Whether the object exists and is not empty."""
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            return elf.has_content(data)
    except (FileNotFoundError, ValueError):
        return False


def _move_all(merge: _Merge) -> None:
    """Move every object that changed to its place, and list those with content."""
    names = {f"lto{number or ''}" for number in range(merge.partitions)}
    for name in sorted(set(os.listdir(merge.scratch)) - names - {"depends"}):
        raise StepError(f"ltogen: {merge.scratch}{name}: code of bitcode that is not part of the "
                        "graph; give its members as sources, or use a library of native code")
    linked: list[str] = []
    for number in range(merge.partitions):
        made = f"{merge.scratch}lto{number or ''}"
        path = merge.object(number)
        if _has_content(made):
            linked.append(path)
        else:
            with open(made, "wb"):
                pass
        if not files.same(made, path):
            files.replace(made, path, merge.start)
    files.write_if_changed(f"{merge.folder}link.rsp", response_files.compose(linked), merge.start)
