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
from ltogen.linker import file_kind, inputs
from ltogen.linker.command_line import INPUT, CommandLine, parse
from ltogen.linker.file_system import FileSystem
from ltogen.steps import exact_link, in_process, start, symbol_facts, threads
from ltogen.steps.linker_failure import linker_failure
from ltogen.steps.messages import Names, remember
from ltogen.steps.native_inputs import REPORT, Natives, extractions
from ltogen.steps.temps import Temps

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from ltogen.linker.inputs import Inputs
    from ltogen.steps.native_inputs import Extraction

# LLVM ends with a stack dump where a pass plugin is not what it wants.
_CRASH = re.compile(r"^LLVM ERROR: (.*)", re.MULTILINE)
# No part of these has a say in the objects.
_LINK_NOTHING = ("-o", "/dev/null", "--strip-all", "--build-id=none", "--icf=none",
                 "--compress-debug-sections=none", "-Map=", "--threads=1")


class _Merge:
    """What the step is told in a file, by position; the folder ends with a slash.

    `before` and `after` are response files, or empty where `line` is the linker's whole line, whose
    text is in that file too.
    """

    def __init__(self, file: str) -> None:
        self.start = start.now()
        words, self.text = response_files.read_parted(file)
        self.words = response_files.parse(self.text)
        self.folder, partitions, self.before, self.after = words[:4]
        self.names, self.shown, self.product = Names(words[4]), *words[5:7]
        self.printed = ""
        self.partitions = int(partitions)
        at = words.index("--")
        self.linker, self.options = words[7:at], words[at + 1:]
        # Where the linker writes; beside the result, so that a rename can move it.
        self.scratch = f"{self.folder.rstrip('/')}.new/"
        self.line = self.scratch + "line.rsp"

    def own_link(self) -> list[str]:
        """The words of lld's own link, which merges once more."""
        options = self.options
        if "--save-temps" in options:
            options = options[:options.index("--save-temps")]
        return [*self.words, f"--lto-partitions={self.partitions}", *options]

    def object(self, number: int) -> str:
        """The object of a partition."""
        return f"{self.folder}lto.{number}.o"


def main(arguments: list[str]) -> None:
    """Run the step."""
    merge = _Merge(arguments[0].removeprefix("@"))
    files.remove_tree(merge.scratch)
    os.makedirs(merge.scratch)
    try:
        files.write_if_changed(merge.line, merge.text)
        words, named = _merge(merge)
    finally:
        files.remove_tree(merge.scratch)
    result = f"{merge.folder}link.rsp"
    files.write_if_changed(result, response_files.compose(words), merge.start)
    beside = [f"{merge.folder}{name}" for name in
              ("printed.txt", symbol_facts.OBJECT, symbol_facts.RECORD)]
    remember(beside[0], merge.printed)
    start.backdate(beside, merge.start)
    files.write_if_changed(f"{result}.d", files.depfile(result, []).rstrip() + named + b"\n")
    start.settle((result, *beside, *map(merge.object, range(merge.partitions))), _names(named),
                 merge.start)


def _merge(merge: _Merge) -> tuple[list[str], bytes]:
    """Make all objects; the words of the final link, and its inputs as a depfile has them."""
    line = CommandLine(word for file in (merge.before, merge.line, merge.after) if file
                       for word in response_files.parse(files.read(file) or b""))
    reads = inputs.read(line, FileSystem(), look_inside=False)
    unknown = in_process.unknown(one for one in reads.inputs if one.by)
    named, extracted = (_depends(reads), []) if unknown else _run_linker(merge)
    unknown = unknown or _unknown(merge)
    if unknown:
        _leave(merge, reads, unknown)
        return merge.own_link(), named
    known, exact = _write_symbols(merge, line, reads, extracted)
    made = _move_all(merge) + ([merge.folder + symbol_facts.OBJECT] if known else [])
    return merge.own_link() if exact else _in_place(merge.words, reads, made), named


def _depends(reads: Inputs) -> bytes:
    """What a link reads, as a depfile has it behind its colon."""
    found = [path for path in reads.files if os.path.isfile(path)]
    return files.depfile("", found).removeprefix(b":").rstrip()


def _unknown(merge: _Merge) -> str:
    """Code of bitcode that the graph does not know; empty if there is none."""
    names = {f"lto{number or ''}" for number in range(merge.partitions)}
    unknown = sorted(set(os.listdir(merge.scratch)) - names - {"depends", "line.rsp"})
    return f"it takes what becomes {unknown[0]}" if unknown else ""


def _leave(merge: _Merge, reads: Inputs, unknown: str) -> None:
    """Leave the whole link to lld, which has no use for any object of the graph."""
    in_process.warn(merge.product, unknown)
    for path in map(merge.object, range(merge.partitions)):
        files.write_if_changed(path, b"", merge.start)
    files.write_if_changed(merge.folder + symbol_facts.RECORD, b"")
    files.write_if_changed(merge.folder + symbol_facts.OBJECT,
                           in_process.contents((), reads.inputs))


def _names(depends: bytes) -> list[str]:
    """The files that a depfile names behind its colon."""
    return [re.sub(r"\\(.)", r"\1", name).replace("$$", "$")
            for name in re.findall(r"(?:\\.|[^\s\\])+", os.fsdecode(depends))]


def _run_linker(merge: _Merge) -> tuple[bytes, list[Extraction]]:
    """Write all objects to the scratch folder.

    Returns the inputs, as a depfile has them, and what was taken out of archives.
    """
    depfile = f"{merge.scratch}depends"
    kept = Temps(merge.options)
    command = [
        *merge.linker, *(f"@{file}" for file in (merge.before, merge.line, merge.after) if file),
        f"--lto-partitions={merge.partitions}",
        f"--lto-obj-path={merge.scratch}lto", f"--dependency-file={depfile}",
        REPORT, *_LINK_NOTHING,
        *kept.options, *kept.remarks]
    status, output, errors = threads.run(command, merge.partitions)
    output, extracted = extractions(output)
    sys.stdout.buffer.write(output)
    kept.keep()
    # lld names the merged code after what it links.
    said = os.fsdecode(errors).replace("/dev/null.lto.", f"{merge.product}.lto.")
    merge.printed = merge.names.spell(said)
    if status != 0:
        raise _failure(merge, merge.printed, status)
    sys.stderr.buffer.write(os.fsencode(merge.printed))
    # What lld names as its product has no colon.
    named = (files.read(depfile) or b"").partition(b":")[2].partition(b"\n\n")[0]
    return named, extracted


def _in_place(words: list[str], reads: Inputs, made: list[str]) -> list[str]:
    """The line with what was `made` in the place of the first module, and without the others.

    No native of the line may define a weak symbol before it.
    """
    final: list[str] = []
    modules = {one.path for one in reads.inputs if one.kind == file_kind.BITCODE}
    for argument in parse(words):
        if argument.option == INPUT and argument.text in modules:
            final += made
            made = []
        else:
            final += argument.words
    return final


def _write_symbols(merge: _Merge, line: CommandLine, reads: Inputs,
                   extracted: list[Extraction]) -> tuple[bool, bool]:
    """Write what bitcode alone says of symbols, for the final link; False if that is nothing.

    Returns also whether natives make another program than lld would.
    """
    taken = {row[1] for row in extracted}
    modules = list(dict.fromkeys(
        one.path for one in reads.inputs if one.kind == file_kind.BITCODE
        and (not one.lazy or one.path in taken)))
    natives = Natives(reads, extracted, frozenset(modules))
    last, beyond, _ = symbol_facts.write(merge.folder, line, natives, modules,
                                         merge.scratch + "lto", kind=symbol_facts.MERGED)
    return bool(last), exact_link.is_needed(line, reads, natives, beyond=beyond)


def _failure(merge: _Merge, message: str, status: int) -> StepError:
    crash = _CRASH.search(message)
    if crash:
        return StepError(f"ltogen: {merge.folder}: {crash[1].rstrip('. ')}{_advice(crash[1])}")
    return linker_failure(merge.linker[0], status, message, merge.scratch, merge.folder,
                          "the merged module's code", merge.shown)


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


def _move_all(merge: _Merge) -> list[str]:
    """Move every object that changed to its place; those with content."""
    linked: list[str] = []
    made_of = [f"{merge.scratch}lto{number or ''}" for number in range(merge.partitions)]
    # (A link must have an input, whatever has become of the code.)
    full = [made for made in made_of if _has_content(made)] or made_of[:1]
    for number, made in enumerate(made_of):
        path = merge.object(number)
        if made in full and os.path.exists(made):
            linked.append(path)
        else:
            with open(made, "wb"):
                pass
        if not files.same(made, path):
            files.replace(made, path, merge.start)
    return linked
