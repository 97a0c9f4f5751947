"""Step `thin-link`: the serial barrier of a ThinLTO link.

Runs the linker in its index-only mode, into a folder aside, because it rewrites every index even
when nothing changed. Then only what differs is moved to its place. An index holds the content hash
of its own module and of every module it imports from, so an index with the same bytes means a
backend with the same result; where bitcode has no such hash, a digest of the bytes stands in.
"""

from __future__ import annotations

import os
import sys

from ltogen.base import elf, files, processes, response_files
from ltogen.base.errors import StepError
from ltogen.linker import inputs
from ltogen.linker.command_line import CommandLine
from ltogen.linker.file_system import FileSystem
from ltogen.steps import exact_link, resolution, start, symbol_facts
from ltogen.steps.linker_failure import linker_failure
from ltogen.steps.messages import Names, remember
from ltogen.steps.native_inputs import REPORT, Natives, extractions
from ltogen.steps.share import share_out
from ltogen.steps.temps import Temps

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltogen.linker.inputs import Inputs
    from ltogen.steps.native_inputs import Extraction


_DIGEST = 64  # letters of a SHA-256


class Link:
    """The arguments of the step, by position; folders end with a slash.

    `before` and `after` are response files, or empty where `line` is the linker's whole line.

    Not a dataclass: importing that takes as long as the linker does for a small program.
    """

    def __init__(self, words: list[str]) -> None:
        self.start = start.now()
        self.bitcode, self.indexes, self.natives, self.line, self.before, self.after = words[:6]
        self.names, self.printed = Names(words[6]), ""
        self.may_be_exact = bool(words[7])
        at = words.index("--")
        self.unhashed = words[8:at]
        self.kept = Temps(words[at + 1:])
        self.linker = self.kept.options
        # Where the linker writes; beside the result, so that a rename can move it.
        self.scratch = f"{self.indexes.rstrip('/')}.new/"
        # What lld writes of modules that are not thin, whether there are any or not.
        self.regular = self.scratch + "regular-lto.o"


def main(arguments: list[str]) -> None:
    """Run the step."""
    link = Link(arguments)
    words = response_files.parse(files.read(link.line) or b"")
    files.remove_tree(link.scratch)
    os.makedirs(link.scratch)
    try:
        loaded, selected, extracted = _run_linker(link, words)
        line, reads = _reads(link, words)
        _check_known(link, words, selected)
        modules = [word.removeprefix(link.bitcode) for word in words
                   if word.startswith(link.bitcode)]
        alone = not selected and all(one.path.startswith(link.bitcode) for one in reads.inputs)
        taken = list(dict.fromkeys(path for path in loaded if path.startswith(link.bitcode)))
        natives = Natives(reads, extracted, frozenset(taken))
        last, others = symbol_facts.write(
            link.indexes, line, natives, taken, link.regular,
            kind=symbol_facts.MIXED if elf.has_content(files.read(link.regular) or b"")
            else symbol_facts.THIN)
        # (LTO makes wrapped symbols weak, and only lld itself forgets it.)
        exact = link.may_be_exact and (
            line.has("wrap") or exact_link.is_needed(line, reads, natives, others))
        _move_all(link, modules, selected, alone=alone)
        resolution.write(link, words, selected, reads, last, exact=exact)
    finally:
        files.remove_tree(link.scratch)
    remember(f"{link.indexes}printed.txt", link.printed)
    start.backdate(_beside(link), link.start)
    known = [path for path in dict.fromkeys((*loaded, *reads.files))
             if not path.startswith(link.bitcode) and os.path.isfile(path)]
    files.write_if_changed(f"{link.indexes}link.rsp.d",
                           files.depfile(f"{link.indexes}link.rsp", known))
    start.settle(_outputs(link, modules), known, link.start)


def _beside(link: Link) -> list[str]:
    """The outputs that are there once for the link."""
    return [link.indexes + name for name in
            ("printed.txt", symbol_facts.OBJECT, symbol_facts.RECORD)]


def _outputs(link: Link, modules: list[str]) -> list[str]:
    suffixes = (".thinlto.bc", ".imports", *([".stamp"] if link.unhashed else []))
    return [f"{link.indexes}link.rsp", f"{link.indexes}regular-lto.o", *_beside(link),
            *(f"{link.indexes}{module}{suffix}" for module in modules for suffix in suffixes)]


def _run_linker(link: Link,
                words: list[str]) -> tuple[list[str], dict[str, None], list[Extraction]]:
    """Write all indexes aside.

    Returns the files that the linker says it read, the native objects that it wants in its order,
    and what it took out of archives. The second go through memory: lld does not notice when their
    list cannot be written, and exits with 0.
    """
    natives = os.memfd_create("selected", 0)
    command = [
        *link.linker, *(f"@{file}" for file in (link.before, link.line, link.after) if file),
        "--trace",
        f"--thinlto-index-only=/proc/self/fd/{natives}", "--thinlto-emit-imports-files",
        f"--thinlto-prefix-replace={link.bitcode};{link.scratch};{link.natives}",
        f"--lto-obj-path={link.regular}", REPORT,
        # Without it lld tries whether `a.out` can be written, and so touches the build folder.
        *(() if "-o" in link.linker else ("-o", "/dev/null")),
    ]
    status, trace, complaint = processes.run(command)
    link.kept.keep()
    link.printed = link.names.spell(os.fsdecode(complaint))
    if status != 0:
        raise linker_failure(link.linker[0], status, link.printed, link.scratch, link.indexes,
                             "the thin link")
    sys.stderr.buffer.write(os.fsencode(link.printed))
    selected = dict.fromkeys(os.fsdecode(processes.content(natives)).splitlines())
    loaded, extracted = extractions(trace)
    return os.fsdecode(loaded).splitlines(), selected, extracted


def _reads(link: Link, line: list[str]) -> tuple[CommandLine, Inputs]:
    """The whole command line, and what the linker reads for it.

    Its trace may not name all: scripts, archives of which it needs no member.

    What objects ask for by `.deplibs` sections is in the trace, if it is taken.
    """
    around = [response_files.parse(files.read(file) or b"") if file else []
              for file in (link.before, link.after)]
    words = CommandLine([*around[0], *line, *around[1]])
    modules = frozenset(word for word in line if word.startswith(link.bitcode))
    return words, inputs.read(words, FileSystem(made=modules), look_inside=False)


def _check_known(link: Link, words: list[str], selected: dict[str, None]) -> None:
    """Refuse bitcode that the graph has no backend for: it would miss its optimisation."""
    known = {link.natives + word.removeprefix(link.bitcode) for word in words
             if word.startswith(link.bitcode)}
    for path in sorted(selected.keys() - known):
        raise StepError(f"ltogen: {path}: bitcode that is not part of the graph; give its members "
                        "as sources, or use a library of native code")


def _move_all(link: Link, modules: list[str], selected: dict[str, None], *, alone: bool) -> None:
    """Put every index that changed in its place; nothing is left aside.

    `alone`: the final link has nothing but what is not thin, and takes it even if it is empty.
    """
    digests = _digests(link)

    def move(part: Sequence[str]) -> None:
        for module in part:
            if link.natives + module not in selected:
                # The linker made no index of this module, or one that says to skip it.
                _truncate(link.scratch + module + ".thinlto.bc")
            stamp = _stamp(link, module, digests)
            settle = _move if _index_changed(link, module, stamp) else _drop
            settle(link, module + ".imports")
            settle(link, module + ".thinlto.bc")
            # Last: an index that was not moved yet is not to be taken for one of this bitcode.
            if digests:
                files.write_if_changed(f"{link.indexes}{module}.stamp", stamp, link.start)

    share_out(modules, move)
    _prune_shared(link)
    content = files.read(link.regular) or b""
    # lld writes it even when no module is regular. It must stay out then: without the notes of the
    # other objects it would cost the program its control-flow protection. One of modules that came
    # to nothing names their compiler.
    if not alone and not elf.has_content(content) and not elf.has_text(content):
        _truncate(link.regular)
    if files.read(link.regular) != files.read(link.indexes + "regular-lto.o"):
        _move(link, "regular-lto.o")


def _prune_shared(link: Link) -> None:
    """Remove kept objects that no link has any more: `shared` holds their only name."""
    top = link.bitcode.removesuffix("bitcode/") + "shared"
    pending = [] if os.path.islink(top) else [top]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    elif _is_kept(entry.name) and entry.stat().st_nlink == 1:
                        os.unlink(entry.path)
        except FileNotFoundError:
            continue


def _is_kept(name: str) -> bool:
    """Whether it is the name of a kept object: with the digests of its index and of its own."""
    return [len(part) for part in name.split(".")[-2:]] == [_DIGEST, _DIGEST]


def _index_changed(link: Link, module: str, stamp: bytes) -> bool:
    index = module + ".thinlto.bc"
    # The list of imports follows from the index, but somebody may have deleted it.
    if (files.read(link.scratch + index) != files.read(link.indexes + index)
            or not os.access(link.indexes + module + ".imports", os.F_OK)):
        return True
    return bool(link.unhashed) and files.read(f"{link.indexes}{module}.stamp") != stamp


def _stamp(link: Link, module: str, digests: dict[str, str]) -> bytes:
    """What an index is made of, as far as it has no hashes itself; empty if it has."""
    if not digests:
        return b""
    sources = [link.bitcode + module, *_lines(f"{link.scratch}{module}.imports")]
    return os.fsencode("\n".join(f"{digests[name]} {name}" for name in sources if name in digests))


def _digests(link: Link) -> dict[str, str]:
    if not link.unhashed:
        return {}
    import hashlib

    return {path: hashlib.sha256(files.read(path) or b"").hexdigest() for path in link.unhashed}


def _truncate(path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb"):
        pass
    if path.endswith(".thinlto.bc"):
        with open(path.removesuffix(".thinlto.bc") + ".imports", "ab"):
            pass


def _move(link: Link, name: str) -> None:
    files.replace(link.scratch + name, link.indexes + name, link.start)


def _drop(link: Link, name: str) -> None:
    os.unlink(link.scratch + name)


def _lines(path: str) -> list[str]:
    return os.fsdecode(files.read(path) or b"").splitlines()
