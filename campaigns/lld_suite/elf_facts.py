"""What a linked file is to loaders, linkers and debuggers, but for addresses."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SYMTAB, _DYNAMIC, _DYNSYM = 2, 6, 11
_VERDEF, _VERNEED, _VERSYM = 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
_FUNCTION, _SOURCE_FILE = 2, 4
# How large code came out, and what goes with it: how a backend got there, not what is there. A
# distributed index, unlike lld's whole one, does not tell that a function of a module from which
# nothing is imported is in the same program: its address is then loaded, and may need relocation.
_OF_CODE = (2, 8, 0x6FFFFFF9, 0x6FFFFFFA)  # DT_PLTRELSZ, RELASZ, RELACOUNT, RELCOUNT
# Entries of the dynamic section that are text: NEEDED, SONAME, RPATH, RUNPATH, AUXILIARY, FILTER.
_TEXTS = frozenset((1, 14, 15, 29, 0x7FFFFFFD, 0x7FFFFFFF))
# Those that are numbers, and say what there is: sizes, counts, kinds and flags.
_NUMBERS = frozenset((2, 8, 9, 18, 19, 20, 27, 28, 30, 33, 35, 37, 0x6FFFFFF9, 0x6FFFFFFA,
                      0x6FFFFFFB, 0x6FFFFFFD, 0x6FFFFFFF))


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int


class _File:
    """An ELF file of any class and byte order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.wide = data[4] == 2
        self._order = "<" if data[5] == 1 else ">"
        self.sections = self._read_sections()

    def _unpack(self, layout: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self._order + layout, self._data, at)

    def _read_sections(self) -> list[_Section]:
        start, = self._unpack("Q", 40) if self.wide else self._unpack("I", 32)
        size, count, names = self._unpack("HHH", 58 if self.wide else 46)
        raw = [self._unpack("IIQQQQIIQQ" if self.wide else "10I", start + number * size)
               for number in range(count)]
        strings = raw[names][4] if raw else 0
        return [_Section(self._text(strings + one[0]), one[1], one[2], *one[4:9]) for one in raw]

    def _text(self, at: int) -> str:
        return self._data[at:self._data.find(b"\0", at)].decode(errors="replace")

    def of_kind(self, kind: int) -> _Section | None:
        """The first section of a kind."""
        return next((one for one in self.sections if one.kind == kind), None)

    def entries(self, section: _Section, layout: str) -> Iterator[tuple[int, ...]]:
        """The records that a section consists of."""
        step = struct.calcsize(self._order + layout)
        for at in range(section.offset, section.offset + section.size - step + 1, step):
            yield self._unpack(layout, at)

    def symbols(self, kind: int) -> Iterator[str]:
        """Each symbol in words: name and version, binding, type, visibility, place, size."""
        table = self.of_kind(kind)
        if table is None:
            return
        strings = self.sections[table.link].offset
        versions = self._versions() if kind == _DYNSYM else []
        for number, one in enumerate(self.entries(table, "IBBHQQ" if self.wide else "IIIBBH")):
            name, info, other, where, _, size = one if self.wide else (
                one[0], one[3], one[4], one[5], one[1], one[2])
            version = f"@{versions[number]}" if number < len(versions) else ""
            if info & 15 == _SOURCE_FILE:
                continue  # as lld calls the object of all that is not thin: `ld-temp.o`
            shown = "" if info & 15 == _FUNCTION else f" size {size}"
            yield (f"{self._text(strings + name)}{version} binding {info >> 4} type {info & 15} "
                   f"visibility {other} in {self._place(where)}{shown}")

    def code_sizes(self) -> Iterator[str]:
        """The size of each function and of each section, with its name."""
        for one in self.sections:
            if one.name != ".relro_padding":  # as large as is left of a page
                yield f"{one.name} size {one.size}"
        table = self.of_kind(_SYMTAB)
        for entry in self.entries(table, "IBBHQQ" if self.wide else "IIIBBH") if table else ():
            info, size = (entry[1], entry[5]) if self.wide else (entry[3], entry[2])
            if table and info & 15 == _FUNCTION:
                yield f"{self._text(self.sections[table.link].offset + entry[0])} size {size}"

    def order(self) -> list[str]:
        """The symbols that are not local, by their addresses."""
        table = self.of_kind(_SYMTAB)
        if table is None:
            return []
        strings = self.sections[table.link].offset
        found = sorted((one[4] if self.wide else one[1], self._text(strings + one[0]))
                       for one in self.entries(table, "IBBHQQ" if self.wide else "IIIBBH")
                       if one[1 if self.wide else 3] >> 4 and one[3 if self.wide else 5])
        return [name for _, name in found]

    def _place(self, index: int) -> str:
        return self.sections[index].name if 0 < index < len(self.sections) else f"{index:#x}"

    def _versions(self) -> list[str]:
        """The version of each dynamic symbol, by name, with what hides it."""
        table = self.of_kind(_VERSYM)
        if table is None:
            return []
        names = {**dict(self._defined()), **dict(self._needed())}
        return [f"{names.get(number & 0x7FFF, number & 0x7FFF)}{' hidden' * (number >> 15)}"
                for number, in self.entries(table, "H")]

    def _defined(self) -> Iterator[tuple[int, str]]:
        section = self.of_kind(_VERDEF)
        at = section.offset if section else 0
        while section:
            _, _, number, _, _, names, following = self._unpack("HHHHIII", at)
            name, _ = self._unpack("II", at + names)
            yield number, self._text(self.sections[section.link].offset + name)
            if not following:
                return
            at += following

    def _needed(self) -> Iterator[tuple[int, str]]:
        section = self.of_kind(_VERNEED)
        at = section.offset if section else 0
        while section:
            _, count, _, names, following = self._unpack("HHIII", at)
            inner = at + names
            for _ in range(count):
                _, _, number, name, step = self._unpack("IHHII", inner)
                yield number, self._text(self.sections[section.link].offset + name)
                inner += step
            if not following:
                return
            at += following

    def dynamic(self) -> Iterator[str]:
        """Each entry of the dynamic section, with its value if that is no address."""
        section = self.of_kind(_DYNAMIC)
        if section is None:
            return
        strings = self.sections[section.link].offset
        for tag, value in self.entries(section, "QQ" if self.wide else "II"):
            shown = self._text(strings + value) if tag in _TEXTS else (
                str(value) if tag in _NUMBERS and tag not in _OF_CODE else "")
            yield f"tag {tag:#x} {shown}"


def differences(ours: bytes, theirs: bytes) -> list[str]:
    """What a file has otherwise than lld's has; empty for equal ones."""
    if ours == theirs:
        return []
    if ours[:4] != b"\x7fELF" or theirs[:4] != b"\x7fELF":
        return ["other bytes"]
    one, other = _File(ours), _File(theirs)
    return [
        *_compare("section", *(_sections(file) for file in (one, other))),
        *_compare("symbol", *(file.symbols(_SYMTAB) for file in (one, other))),
        *_compare("dynamic symbol", *(file.symbols(_DYNSYM) for file in (one, other))),
        *_compare("dynamic entry", *(file.dynamic() for file in (one, other)))]


def sizes(ours: bytes, theirs: bytes) -> list[str]:
    """Which functions and sections are of another size than in lld's file."""
    if ours == theirs or not ours[:4] == theirs[:4] == b"\x7fELF":
        return []
    return list(_compare("size", _File(ours).code_sizes(), _File(theirs).code_sizes()))


def reordered(ours: bytes, theirs: bytes) -> bool:
    """Whether what symbols name lies in another order than in lld's file."""
    return (ours != theirs and ours[:4] == theirs[:4] == b"\x7fELF"
            and _File(ours).order() != _File(theirs).order())


def _sections(file: _File) -> Iterator[str]:
    for one in file.sections:
        yield (f"{one.name} type {one.kind:#x} flags {one.flags:#x} alignment {one.alignment}")


def _compare(what: str, ours: Iterable[str], theirs: Iterable[str]) -> Iterator[str]:
    left, right = Counter(ours), Counter(theirs)
    for text in (left - right):
        yield f"{what} only of ltogen: {text}"
    for text in (right - left):
        yield f"{what} only of lld: {text}"
