"""The native objects that a link takes: their symbols, and which of them bitcode asked for."""

from __future__ import annotations

import os

from ltogen.base import ar, elf, files
from ltogen.linker import file_kind

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from ltogen.linker.command_line import CommandLine
    from ltogen.linker.inputs import Inputs

# Who referred, what was taken out of an archive for it, and the symbol as lld shows it.
Extraction = tuple[str, str, str]

# How natives name a symbol: somehow, or by weak references alone; whether the command line assigns
# to it, or wraps it; and whether one has it as a common symbol, or defines it in another way.
NAMED, WEAKLY, ASSIGNED, WRAPPED, COMMONLY, DEFINED = 0, 1, 2, 4, 8, 16

_ARCHIVES = (file_kind.ARCHIVE, file_kind.THIN_ARCHIVE)


# (lld tries to make a file beside any that it is to write, and takes `%` in its name for a digit.)
REPORT = "--why-extract=-"
_HEADER = b"reference\textracted\tsymbol\n"


def extractions(output: bytes) -> tuple[bytes, list[Extraction]]:
    """What the linker printed, without what `REPORT` made it print, and the rows of that."""
    before, header, rest = output.partition(_HEADER)
    found: list[Extraction] = []
    while header and rest:
        line, _, after = rest.partition(b"\n")
        row = os.fsdecode(line).split("\t")
        if len(row) != 3:
            break
        found.append((row[0], row[1], row[2]))
        rest = after
    return before + rest, found


class Natives:
    """The native objects among what a link reads and has taken out of archives."""

    def __init__(self, reads: Inputs, extracted: list[Extraction],
                 modules: Container[str]) -> None:
        self._extracted = [row for row in extracted if row[1] not in modules]
        taken = {row[1] for row in extracted}
        # Path and name of a member, or nothing for the whole; and whether a module may come before.
        self._places: dict[tuple[str, str], bool] = {}
        behind = False
        for one in reads.inputs:
            if one.path in modules:
                behind = True
            if one.path in modules or one.binary:
                continue
            if one.kind == file_kind.OBJECT and (not one.lazy or one.path in taken):
                self._places[one.path, ""] = one.lazy or behind
            elif one.kind in _ARCHIVES and one.whole_archive:
                self._places[one.path, "*"] = behind
        for _, text, _ in self._extracted:
            self._places[_place(text)] = True
        self._scripts = [one.path for one in reads.inputs if one.kind == file_kind.SCRIPT]
        self._first = b""
        self._archives: dict[str, list[tuple[tuple[str, ...], bytes]]] = {}

    def first(self) -> bytes:
        """One of the objects; nothing if there is none."""
        if not self._first:
            self._first = next((data for place in self._places
                                for data in self._objects(*place)), b"")
        return self._first

    def behind(self) -> Iterator[bytes]:
        """The bytes of the objects that may come behind a module."""
        for place, behind in self._places.items():
            if behind:
                yield from self._objects(*place)

    def symbols(self, line: CommandLine) -> dict[bytes, int]:
        """The global symbols of all, and those that the command line and its scripts change."""
        found: dict[bytes, int] = {}
        for place in self._places:
            for data in self._objects(*place):
                for name, binding, _, section in elf.symbols(data):
                    if section == elf.UNDEFINED:
                        found[name] = (found.get(name, WEAKLY) if binding == elf.WEAK
                                       else found.get(name, NAMED) & ~WEAKLY)
                    else:
                        found[name] = found.get(name, NAMED) & ~WEAKLY | (
                            COMMONLY if section == elf.COMMON else DEFINED)
        for text in line.values("wrap"):
            name = os.fsencode(text)
            found[name] = found.get(name, NAMED) | WRAPPED
        for text in line.values("defsym"):
            found[os.fsencode(text.partition("=")[0])] = ASSIGNED
        for path in (*self._scripts, *line.values("script", "default-script")):
            found.update(_assigned(files.read(path) or b""))
        return found

    def wanted(self) -> Iterator[tuple[str, bytes]]:
        """Who had an object taken out of an archive, unless a native had, and a symbol of it.

        A library may be named in the place of a module: lld tells who named the symbol first.
        """
        for reference, text, symbol in self._extracted:
            if reference.startswith(("-", "<")) or _place(reference) in self._places:
                continue
            defined = ((name, binding) for data in self._objects(*_place(text))
                       for name, binding, _, section in elf.symbols(data)
                       if section != elf.UNDEFINED)
            name = _taken_for(list(defined), symbol)
            if name:
                yield reference, name

    def _objects(self, path: str, member: str) -> Iterator[bytes]:
        """The bytes of the objects at a place."""
        if not member:
            data = files.read(path) or b""
            if data[:4] == b"\x7fELF":
                yield data
            return
        if path not in self._archives:
            self._archives[path] = list(_members(path))
        for names, data in self._archives[path]:
            if member == "*" or member in names:
                yield data


def _members(path: str) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """The names that the objects in an archive go by, and their bytes."""
    data = files.read(path) or b""
    try:
        for name, offset, size, file in ar.members(path, data):
            content = (files.read(file) or b"") if file else data[offset:offset + size]
            if content[:4] == b"\x7fELF":
                yield (name, file, os.path.basename(name)), content
    except ar.ArchiveError:
        return  # the linker has read it


def _taken_for(symbols: list[tuple[bytes, int]], wanted: str) -> bytes | None:
    """The symbol that has an object taken; lld took it for `wanted`.

    A module behind may define that better, if it is weak. What is not is defined nowhere else.
    """
    found = next(((name, binding) for name, binding in symbols if _is(name, wanted)), None)
    if found and found[1] == elf.WEAK:
        return next((name for name, binding in symbols if binding == elf.GLOBAL), found[0])
    return found[0] if found else None


def _place(text: str) -> tuple[str, str]:
    """The archive and the member of `lib.a(x.o)`; a file for itself has no member."""
    if text.endswith(")") and not os.path.exists(text):
        archive, _, member = text[:-1].rpartition("(")
        return archive, member
    return text, ""


def _is(name: bytes, shown: str) -> bool:
    """Whether lld shows a symbol so: as it is, or with its parts demangled."""
    text = os.fsdecode(name)
    if text == shown:
        return True
    if not text.startswith(("_Z", "_R")):
        return False
    import re

    parts = re.findall(r"[A-Za-z_]\w*", shown.partition("(")[0])
    return bool(parts) and all(f"{len(part)}{part}" in text for part in parts)


def _assigned(script: bytes) -> dict[bytes, int]:
    """The symbols that a linker script assigns to, or provides where they are missing."""
    if b"=" not in script:
        return {}
    import re

    return {name: NAMED if provided else ASSIGNED for provided, name in re.findall(
        rb"(PROVIDE\w*\s*\(\s*)?\b([A-Za-z_.$][\w.$]*)\s*(?:[-+*/&|^]|<<|>>)?=(?!=)", script)}
