"""What only bitcode says of symbols, as an object for the final link, which sees natives alone.

lld merges the visibility of a symbol, and how strongly it is wanted, over all files that name it. A
module may lose its use of a symbol on the way to code, and with it what it said: that the symbol is
hidden, that an archive's member is needed. The object says so again, and nothing that the natives
would say anyway: it names no symbol that the final link would not have without it.
"""

from __future__ import annotations

import marshal
import os

from ltogen.base import elf, elf_writer, files
from ltogen.linker.symbol_table import COMMON, UNDEFINED, WEAK, SymbolTable
from ltogen.steps.native_inputs import Natives

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltogen.linker.command_line import CommandLine
    from ltogen.linker.inputs import Inputs
    from ltogen.steps.native_inputs import Extraction

# Changes with what a record holds.
_FORMAT = 1
_STRONG = 4  # beside a visibility: a reference that is not weak
# The files that this module writes into a link's folder.
OBJECT, RECORD = "symbols.o", "symbols.known"

# What a module says: of symbols that natives name too; which it refers to as hidden or protected;
# and which of those that others refer to so it defines for everybody.
Said = tuple[dict[bytes, int], dict[bytes, int], tuple[bytes, ...]]


def write(folder: str, line: CommandLine, reads: Inputs, modules: Iterable[str],
          extracted: list[Extraction], machine: str, *, merged: bool = False) -> bool:
    """Write the object into a link's `folder`; False, and an empty file, if it has nothing to say.

    `modules` are the bitcode that the link takes, `machine` is an object for the same machine.
    `merged`: they become one, and what one of them hides from the program is local in it.
    """
    taken = list(dict.fromkeys(modules))
    natives = Natives(reads, extracted, frozenset(taken))
    symbols = _Facts(folder, natives.symbols(line), taken, merged=merged).symbols()
    for name in natives.wanted_by(frozenset(taken)):
        symbols[name] = symbols.get(name, 0) | _STRONG
    data = _object(symbols, natives.first(), machine) if symbols else b""
    files.write_if_changed(folder + OBJECT, data)
    return bool(data)


def _object(symbols: dict[bytes, int], native: bytes, machine: str) -> bytes:
    like = native or files.read(machine) or b""
    if like[:4] != b"\x7fELF":
        return b""
    note = elf.property_note(native) if native else elf_writer.all_properties(like)
    return elf_writer.undefined(like, note, (
        (name, elf_writer.GLOBAL if said & _STRONG else elf_writer.WEAK, said & 3)
        for name, said in sorted(symbols.items())))


class _Facts:
    """What modules say; of those that did not change, as it was noted last time."""

    def __init__(self, folder: str, natives: dict[bytes, bool], modules: list[str], *,
                 merged: bool) -> None:
        self._path, self._natives, self._modules = folder + RECORD, natives, modules
        self._merged = merged
        # Those are looked for in all of a module's symbols, the others among few.
        self._weak = [name for name, weak in natives.items() if weak]
        self._last: dict[str, tuple[tuple[int, ...], Said]] = {}
        self._referred: dict[bytes, int] = {}

    def symbols(self) -> dict[bytes, int]:
        """Visibility and strength of each symbol of which natives do not know."""
        record = files.read(self._path)
        self._load(record)
        said = self._read_all()
        referred: dict[bytes, int] = {}
        for _, one in said.values():
            _merge(referred, one[1])
        if referred != self._referred:
            self._last, self._referred = {}, referred
            said = self._read_all() if referred else said
        made = marshal.dumps((_FORMAT, self._natives, self._referred, said))
        if made != record:
            files.write_if_changed(self._path, made)
        found: dict[bytes, int] = {}
        for _, (shared, _, open_to_all) in said.values():
            _merge(found, shared)
            _merge(found, {name: referred[name] for name in open_to_all})
        return found

    def _load(self, record: bytes | None) -> None:
        try:
            known = marshal.loads(record or b"")
        except (EOFError, ValueError, TypeError):
            return
        if known[:2] == (_FORMAT, self._natives):
            _, _, self._referred, self._last = known

    def _read_all(self) -> dict[str, tuple[tuple[int, ...], Said]]:
        said = {}
        for path in self._modules:
            status = os.stat(path)
            stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
            last = self._last.get(path)
            said[path] = last if last and last[0] == stamp else (stamp, self._read(path))
        return said

    def _read(self, path: str) -> Said:
        table = SymbolTable(_bitcode(files.read(path) or b""))
        if table.all_default() and not self._referred and not any(
                name in table.names for name in self._weak):
            return {}, {}, ()
        shared: dict[bytes, int] = {}
        referred: dict[bytes, int] = {}
        open_to_all = []
        for name, visibility, flags in table.symbols():
            if name in self._natives:
                strong = self._natives[name] and flags & (UNDEFINED | WEAK) == UNDEFINED
                if strong or (visibility and flags & (UNDEFINED | WEAK | COMMON)):
                    shared[name] = visibility | (_STRONG if strong else 0)
            elif visibility and flags & UNDEFINED and not self._merged:
                referred[name] = visibility
            elif not visibility and not flags & UNDEFINED and name in self._referred:
                open_to_all.append(name)
        return shared, referred, tuple(open_to_all)


def _merge(into: dict[bytes, int], said: dict[bytes, int]) -> None:
    """Merge as lld does: hidden wins over protected, that over default, strong over weak."""
    for name, value in said.items():
        known = into.get(name, 0)
        visible = [one & 3 for one in (known, value) if one & 3]
        into[name] = (known | value) & _STRONG | (min(visible) if visible else 0)


def _bitcode(data: bytes) -> bytes:
    return elf.bitcode(data) if data[:4] == b"\x7fELF" else data
