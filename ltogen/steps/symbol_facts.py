"""What only bitcode says of symbols, as an object for the final link, which sees natives alone.

lld merges the visibility of a symbol, and how strongly it is wanted, over all files that name it. A
module may lose its use of a symbol on the way to code, and with it what it said: that the symbol is
hidden, that an archive's member is needed. The object says so again, and nothing that the natives
would say anyway: it names no symbol that the final link would not have without it.
"""

from __future__ import annotations

import marshal
import os
import time

from ltogen.base import elf, elf_writer, files
from ltogen.linker.symbol_table import COMMON, UNDEFINED, WEAK, SymbolTable
from ltogen.steps import file_order
from ltogen.steps.native_inputs import ASSIGNED, COMMONLY, DEFINED, WEAKLY, WRAPPED

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:

    from ltogen.linker.command_line import CommandLine
    from ltogen.steps.native_inputs import Natives

# How modules are linked: all by indexes, some of them merged, all merged into one.
THIN, MIXED, MERGED = range(3)
# Changes with what a record holds.
_FORMAT = 4
# Beside a visibility: a reference that is not weak; a definition in the place of one that is gone;
# a weak reference; what no object can say; and that a module has the last word.
_STRONG, _DEFINED, _WEAK, _BEYOND, _LAST_WORD = 4, 8, 16, 32, 64
_MERGED = _STRONG | _DEFINED | _WEAK | _BEYOND
# The files that this module writes into a link's folder.
OBJECT, RECORD = "symbols.elf", "symbols.known"
_MARGIN = 50_000_000  # nanoseconds by which a file system's clock may be behind
_FEW = 100  # names that are found in a module sooner than all of its names are read
# lld defines such a symbol, the bounds of a section, if any file names it.
_BOUNDS = (b"__start_", b"__stop_")

# What a module says: of symbols that natives name too; what it hides, protects, or refers to weakly
# without having the last word; what it says of those of which others say so; whether it has
# constructors or the like; and its source file.
ModuleFacts = tuple[dict[bytes, int], dict[bytes, int], dict[bytes, int], bool, bytes]
# Whether there is something to say that no object can, and whether modules have constructors.
BEYOND, CALLED = 1, 2


def write(folder: str, line: CommandLine, natives: Natives, taken: list[str], machine: str, *,
          kind: int = THIN) -> tuple[str, int, list[bytes]]:
    """Write the object into a link's `folder`, or an empty file if it has nothing to say.

    `taken` is the bitcode that the link takes, in order; `machine` is an object for the same
    machine.

    Returns behind which module the object stands in the line, or nothing if it is not needed: the
    last one that had an archive's member taken. Not before, or a weak definition in the member
    would come in the place of a module's. One in a later module is no rival: its backend drops it.
    Returns also which of BEYOND and CALLED is true, and the source files of the modules.
    """
    facts = _Facts(folder, natives.symbols(line), taken, kind)
    symbols = facts.symbols()
    users = facts.definers
    for user, name in natives.wanted():
        symbols[name] = symbols.get(name, 0) | _STRONG
        users |= {user: None} if user in taken else {}
    others = (BEYOND if any(facts & _BEYOND for facts in symbols.values()) else 0) | (
        CALLED if facts.called else 0)
    symbols = {name: facts for name, facts in symbols.items() if facts != _BEYOND}
    data = _object(symbols, natives.first(), machine) if symbols else b""
    files.write_if_changed(folder + OBJECT, data)
    last = [path for path in taken if path in users or not users][-1] if data else ""
    return last, others, facts.sources


def _object(symbols: dict[bytes, int], native: bytes, machine: str) -> bytes:
    like = native or files.read(machine) or b""
    if like[:4] != b"\x7fELF":
        return b""
    note = elf.property_note(native) if native else elf_writer.all_properties(like)
    return elf_writer.of_symbols(like, note, (
        (name, elf_writer.GLOBAL if facts & _STRONG and not facts & _DEFINED else elf_writer.WEAK,
         facts & 3, elf_writer.ABSOLUTE if facts & _DEFINED else elf.UNDEFINED)
        for name, facts in sorted(symbols.items())))


class _Facts:
    """What modules say; of those that did not change, as it was noted last time."""

    def __init__(self, folder: str, natives: dict[bytes, int], modules: list[str],
                 kind: int) -> None:
        self._path, self._natives, self._modules = folder + RECORD, natives, modules
        # Of a merge the linker has made local what a module hides; where all modules are thin, it
        # has compared all definitions, by their summaries, and references alone are left.
        self._kind, self._told = kind, UNDEFINED | (WEAK | COMMON if kind == MIXED else 0)
        self._last: dict[str, ModuleFacts] = {}
        self._seen = 0  # modules that have not changed since then are as the record says
        self._began = time.time_ns() - _MARGIN
        self._set_referred({})
        self.definers: dict[str, None] = {}  # modules whose definitions are assigned to
        self.sources: list[bytes] = []
        self.called = False  # whether one has constructors or the like

    def symbols(self) -> dict[bytes, int]:
        """Visibility and strength of each symbol of which natives do not know."""
        record = files.read(self._path)
        self._load(record)
        facts = self._read_all()
        referred: dict[bytes, int] = {}
        for _, one, *_ in facts.values():
            _merge(referred, one)
        if referred != self._referred:
            self._last = {}
            self._set_referred(referred)
            facts = self._read_all() if referred else facts
        # (Of this version equal things have equal bytes.)
        made = marshal.dumps((_FORMAT, self._kind, self._natives, self._referred, facts), 2)
        if made != record:
            files.write_if_changed(self._path, made)
        os.utime(self._path, ns=(self._began, self._began))
        found: dict[bytes, int] = {}
        for path, (shared, _, differing, called, source) in facts.items():
            self.called |= called
            self.sources.append(source)
            if any(value & _DEFINED for value in shared.values()):
                self.definers[path] = None
            _merge(found, shared)
            _merge(found, {name: _BEYOND for name, value in differing.items() if value & _BEYOND})
        _merge(found, _contested(referred, [differing for _, _, differing, *_ in facts.values()]))
        return found

    def _load(self, record: bytes | None) -> None:
        try:
            known = marshal.loads(record or b"")
        except (EOFError, ValueError, TypeError):
            return
        if known[:3] == (_FORMAT, self._kind, self._natives):
            *_, referred, self._last = known
            self._set_referred(referred)
            self._seen = os.stat(self._path).st_mtime_ns

    def _set_referred(self, referred: dict[bytes, int]) -> None:
        self._referred = referred
        # Those are looked for in all of a module's symbols, the others among few.
        self._sought = (*_BOUNDS, *(name for name, how in self._natives.items() if how & ~DEFINED),
                        *(referred if len(referred) <= _FEW else (b"",)))

    def _read_all(self) -> dict[str, ModuleFacts]:
        last, seen = self._last, self._seen
        return {path: last[path] if path in last and os.stat(path).st_ctime_ns < seen
                else self._read(path) for path in self._modules}

    def _read(self, path: str) -> ModuleFacts:
        table = SymbolTable(_bitcode(files.read(path) or b""))
        if table.all_plain() and not any(name in table.names for name in self._sought):
            return {}, {}, {}, file_order.is_called(table.names), table.source
        shared: dict[bytes, int] = {}
        referred: dict[bytes, int] = {}
        differing: dict[bytes, int] = {}
        for name, visibility, flags in table.symbols():
            how = self._natives.get(name)
            if how is not None:
                shared |= _shared(name, how, visibility, flags)
                continue
            if flags & UNDEFINED and name.startswith(_BOUNDS):
                shared[name] = visibility
            said = _referred(visibility, flags)
            if self._kind != MERGED and (said & _WEAK or (visibility and flags & self._told)):
                referred[name] = said
            known = self._referred.get(name, said)
            last_word = 0 if flags & (UNDEFINED | WEAK | COMMON) else _LAST_WORD
            if known & 3 and (known & 3 != visibility or last_word):
                differing[name] = visibility | last_word
            if known & _WEAK and flags & UNDEFINED and not said & _WEAK:
                # Its native may not want it any more, or as weakly.
                differing[name] = visibility | last_word | _BEYOND
        return shared, referred, differing, file_order.is_called(table.names), table.source


def _referred(visibility: int, flags: int) -> int:
    weakly = flags & UNDEFINED and flags & WEAK
    return visibility | (_WEAK if weakly else 0)


def _shared(name: bytes, how: int, visibility: int, flags: int) -> dict[bytes, int]:
    """What a module says of a symbol that natives name `how`, by its visibility and flags."""
    facts: dict[bytes, int] = {}
    defined, weak = not flags & UNDEFINED, flags & WEAK
    if how & ASSIGNED and defined:
        # Its backend leaves it to the assignment; no archive's member may come in before that.
        facts[name] = visibility | _DEFINED
    elif how & WEAKLY and not defined and not weak:
        facts[name] = visibility | _STRONG
    elif visibility and (weak or not defined or flags & COMMON or how & DEFINED):
        # (What a module defines, and no other may, its native defines as visibly. A native may
        # define it too if both are in comdats.)
        facts[name] = visibility
    if how & COMMONLY and flags & COMMON:
        facts[name] = facts.get(name, 0) | _BEYOND  # its size, and how it is aligned
    if how & WRAPPED and defined and not weak:
        # Its backend makes it weak, and lld would want the wrapper as weakly.
        facts[b"__wrap_" + name] = _STRONG
    return facts


def _contested(referred: dict[bytes, int], modules: list[dict[bytes, int]]) -> dict[bytes, int]:
    """What is to be said of symbols that modules name with more than one visibility.

    Nothing where the definition that is linked has the one that wins: its native says it, or has
    none because nobody needs it.
    """
    found: dict[bytes, int] = {}
    contested: set[bytes] = set()
    for told in modules:
        seen = {name: value for name, value in told.items() if referred.get(name, 0) & 3}
        _merge(found, {name: value & 3 for name, value in seen.items()})
        contested |= {name for name, value in seen.items() if value & 3 != referred[name] & 3}
    _merge(found, {name: referred[name] & 3 for name in contested})
    settled = {name for told in modules for name, value in told.items()
               if value & _LAST_WORD and value & 3 == found.get(name)}
    return {name: found[name] for name in contested - settled}


def _merge(into: dict[bytes, int], facts: dict[bytes, int]) -> None:
    """Merge as lld does: hidden wins over protected, that over default, strong over weak."""
    for name, value in facts.items():
        known = into.get(name, 0)
        visible = [one & 3 for one in (known, value) if one & 3]
        into[name] = (known | value) & _MERGED | (min(visible) if visible else 0)


def _bitcode(data: bytes) -> bytes:
    return elf.bitcode(data) if data[:4] == b"\x7fELF" else data
