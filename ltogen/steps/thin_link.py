"""Step `thin-link`: the serial barrier of a ThinLTO link.

Runs the linker in its index-only mode, into a folder aside, because it rewrites every index even
when nothing changed. Then only what differs is moved to its place, with a key beside each index
that says whether its backend must run.
"""

from __future__ import annotations

import os
import sys

from ltogen.base import elf, files, processes, response_files
from ltogen.linker import inputs
from ltogen.linker.command_line import CommandLine
from ltogen.linker.file_system import FileSystem
from ltogen.steps import (
    exact_link,
    in_process,
    indexes,
    keys,
    resolution,
    start,
    symbol_facts,
)
from ltogen.steps.link import Link
from ltogen.steps.linker_failure import linker_failure
from ltogen.steps.messages import remember
from ltogen.steps.native_inputs import REPORT, Natives, extractions
from ltogen.store import policy, trim

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from ltogen.linker.inputs import Inputs
    from ltogen.steps.native_inputs import Extraction

_OTHER = ord("_")  # LLVM's letter for all that is no letter or digit


def main(arguments: list[str]) -> None:
    """Run the step."""
    link = Link(arguments[0].removeprefix("@"))
    files.remove_tree(link.scratch)
    os.makedirs(link.scratch)
    try:
        files.write_if_changed(link.line, link.text)
        line, reads = _reads(link)
        unknown, loaded = in_process.unknown(reads.inputs), list[str]()
        if not unknown:
            loaded, selected, extracted = _run_linker(link)
            unknown = _unknown(link, selected)
        if unknown:
            _leave(link, reads, unknown)
        else:
            _place(link, line, reads, loaded, selected, extracted)
    finally:
        files.remove_tree(link.scratch)
    remember(f"{link.indexes}printed.txt", link.printed)
    start.backdate(_beside(link), link.start)
    known = [path for path in dict.fromkeys((*loaded, *reads.files))
             if not path.startswith(link.bitcode) and os.path.isfile(path)]
    files.write_if_changed(f"{link.indexes}link.rsp.d",
                           files.depfile(f"{link.indexes}link.rsp", known))
    start.settle(_outputs(link), known, link.start)


def _place(link: Link, line: CommandLine, reads: Inputs, loaded: list[str],
           selected: dict[str, None], extracted: list[Extraction]) -> None:
    """Move what the linker made to its place, and say what the final link takes.

    `loaded` and so on are what `_run_linker` returns.
    """
    alone = not selected and all(one.path.startswith(link.bitcode) for one in reads.inputs)
    taken = list(dict.fromkeys(path for path in loaded if path.startswith(link.bitcode)))
    natives = Natives(reads, extracted, frozenset(taken))
    last, beyond, sources = symbol_facts.write(
        link.indexes, line, natives, taken, link.regular,
        kind=symbol_facts.MIXED if elf.has_content(files.read(link.regular) or b"")
        else symbol_facts.THIN)
    # (LTO makes wrapped symbols weak, and only lld itself forgets it.)
    exact = link.may_be_exact and (
        line.has("wrap") or exact_link.is_needed(line, reads, natives, beyond=beyond))
    relink = indexes.place(link, link.modules, selected, _names(link, sources))
    if os.path.isdir(link.store):
        trim.trim_if_due(link.store, policy.said(policy.of_store(link.store),
                                                 line.last("thinlto-cache-policy")))
    _place_regular(link, alone=alone)
    resolution.write(link, link.words, selected, reads, last, exact=exact, touch=relink)
    indexes.done(link)


def _leave(link: Link, reads: Inputs, unknown: str) -> None:
    """Leave the whole link to lld, which has no use for any native of the graph."""
    in_process.warn(link.product, unknown)
    relink = indexes.place(link, link.modules, (), keys.BY_MODULE)
    modules = (link.bitcode + module for module in link.modules)
    for name, content in (
            ("regular-lto.o", b""), (symbol_facts.RECORD, b""),
            (symbol_facts.OBJECT, in_process.contents(modules, reads.inputs)),
            ("link.rsp", response_files.compose(link.words))):
        written = files.write_if_changed(link.indexes + name, content, link.start)
    if relink and not written:
        os.utime(f"{link.indexes}link.rsp", ns=(link.start, link.start))
    indexes.done(link)


def _names(link: Link, sources: list[bytes]) -> str:
    """How all backends name promoted locals: by source files, if no two of these are one name."""
    plain = {bytes(byte if byte < 128 and chr(byte).isalnum() else _OTHER for byte in source)
             for source in sources}
    known = all(sources) and len(plain) == len(sources)
    return link.promoted if known else keys.BY_MODULE


def _beside(link: Link) -> list[str]:
    """The outputs that are there once for the link."""
    return [link.indexes + name for name in
            ("printed.txt", symbol_facts.OBJECT, symbol_facts.RECORD, indexes.REPORT)]


def _outputs(link: Link) -> list[str]:
    return [f"{link.indexes}link.rsp", f"{link.indexes}regular-lto.o", *_beside(link),
            *(f"{link.indexes}{module}{suffix}" for module in link.modules
              for suffix in (indexes.INDEX, indexes.KEY))]


def _run_linker(link: Link) -> tuple[list[str], dict[str, None], list[Extraction]]:
    """Write all indexes aside.

    Returns the files that the linker says it read, the native objects that it wants in its order,
    and what it took out of archives. The second go through memory: lld does not notice when their
    list cannot be written, and exits with 0.
    """
    natives = os.memfd_create("selected", 0)
    command = [
        *link.linker, *(f"@{file}" for file in (link.before, link.line, link.after) if file),
        "--trace",
        f"--thinlto-index-only=/proc/self/fd/{natives}",
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
                             "the thin link", link.shown)
    sys.stderr.buffer.write(os.fsencode(link.printed))
    selected = dict.fromkeys(os.fsdecode(processes.content(natives)).splitlines())
    loaded, extracted = extractions(trace)
    return os.fsdecode(loaded).splitlines(), selected, extracted


def _reads(link: Link) -> tuple[CommandLine, Inputs]:
    """The whole command line, and what the linker reads for it.

    Its trace may not name all: scripts, archives of which it needs no member.

    What objects ask for by `.deplibs` sections is in the trace, if it is taken.
    """
    around = [response_files.parse(files.read(file) or b"") if file else []
              for file in (link.before, link.after)]
    words = CommandLine([*around[0], *link.words, *around[1]])
    modules = frozenset(word for word in link.words if word.startswith(link.bitcode))
    return words, inputs.read(words, FileSystem(made=modules), look_inside=False)


def _unknown(link: Link, selected: dict[str, None]) -> str:
    """Bitcode that the linker took and the graph has no backend for; empty if there is none."""
    unknown = sorted(selected.keys() - {link.natives + module for module in link.modules})
    in_process.remove_indexes(unknown)
    return f"it takes {unknown[0]}" if unknown else ""


def _place_regular(link: Link, *, alone: bool) -> None:
    """Put the object of what is not thin in its place, if it changed.

    `alone`: the final link has nothing but that, and takes it even if it is empty.
    """
    content = files.read(link.regular) or b""
    # lld writes it even when no module is regular. It must stay out then: without the notes of the
    # other objects it would cost the program its control-flow protection. One of modules that came
    # to nothing names their compiler.
    if not alone and not elf.has_content(content) and not elf.has_text(content):
        content = b""
    files.write_if_changed(link.indexes + "regular-lto.o", content, link.start)
