"""The text of each codegen unit."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ltogen.steps.cut.clusters import USED
from ltogen.steps.cut.owners import Owners
from ltogen.steps.cut.text import (
    TOKEN,
    CannotCut,
    Global,
    Text,
    alignment,
    bracket_end,
    type_end,
)

_TYPE = re.compile(r'%(?:"[^"]*"|[A-Za-z_][-\w$.]*)', re.ASCII)
_WORDS = ("unnamed_addr", "local_unnamed_addr")
_GLOBALS = re.compile(r"\bglobals: (![0-9]+)")
_DEBUG = re.compile(r"!dbg (![0-9]+)")
_KEPT = {"linkonce_odr": "weak_odr", "linkonce": "weak"}  # where another unit needs it


class CodegenUnits:
    """Writes the text of each codegen unit of a module, by its number."""

    def __init__(self, text: Text, owners: Owners) -> None:
        """Raises CannotCut if metadata names a global that would be renamed."""
        self._text, self._owners = text, owners
        for value in text.metadata.values():
            for name in TOKEN.findall(value) if "@" in value else ():
                if name in owners.names:
                    raise CannotCut(f"metadata that names {name[1:]}")
        # Of each unit of debug information, the variables that no global brings along stay in one.
        self._described = {name: set(_DEBUG.findall(one.text))
                           for name, one in text.globals.items()
                           if one.kind == "variable" and "!dbg" in one.text}

    def text(self, number: int) -> str:
        """The text of one unit; the same bytes as long as its globals are the same."""
        own = [one for one in self._text.globals.values()
               if self._owners.unit.get(one.name) == number]
        own.sort(key=lambda one: one.place)
        # (Equal constants have one name.)
        copies = {self._owners.names.get(name, name): self._text.globals[name]
                  for name in sorted(self._owners.copies[number])}
        own[:0] = [copies[name] for name in sorted(copies)]
        refs = set().union(*(one.refs for one in own))
        seen = {one.name for one in own} | self._owners.copies[number]
        lines = [self._defined(one) for one in own]
        lines += self._used(number)
        lines += sorted(self._declared(name) for name in refs - seen)
        body = "\n".join(lines)
        named = "\n".join(self._text.named)
        metadata = _Metadata(self._text, self._debug(own, number))
        body, named = metadata.numbered(body), metadata.numbered(named)
        nodes = metadata.nodes()
        missing = {token for token in TOKEN.findall("\n".join(nodes)) if token[0] == "@"}
        declared = sorted(self._declared(name) for name in missing - refs - seen)
        return "\n".join((*_header(self._text.header, number), *self._types(body),
                          *self._comdats(own), body, *declared,
                          *metadata.attributes(), named, *nodes, ""))

    def _defined(self, one: Global) -> str:
        text = one.text
        if one.name in self._owners.crossing:
            if one.local:
                text = text.replace(f" {one.linkage} ", " hidden ", 1)
            elif one.linkage in _KEPT:
                text = text.replace(f" {one.linkage} ", f" {_KEPT[one.linkage]} ", 1)
        return self._renamed(text)

    def _renamed(self, text: str) -> str:
        names = self._owners.names
        return TOKEN.sub(lambda found: names.get(found[0], found[0]), text)

    def _declared(self, name: str) -> str:
        if name in self._text.declared:
            return self._text.declared[name]
        if name not in self._text.globals:
            raise CannotCut(f"{name[1:]}, which nothing declares")
        one = self._text.globals[name]
        return self._renamed(_DECLARE.get(one.kind, _alias)(one))

    def _used(self, number: int) -> list[str]:
        """The `llvm.used` lists, with this unit's own globals."""
        lines = []
        for name in USED:
            if name in self._text.globals:
                refs = [token for token in TOKEN.findall(self._text.globals[name].text)
                        if token[0] == "@" and self._owners.unit.get(token) == number]
                if refs:
                    values = ", ".join(f"ptr {ref}" for ref in refs)
                    lines.append(f"{name} = appending global [{len(refs)} x ptr] [{values}], "
                                 'section "llvm.metadata"')
        return lines

    def _types(self, body: str) -> list[str]:
        """The named types that a unit's text uses, directly or by other types."""
        types = self._text.types
        found: set[str] = set()
        waiting = set(_TYPE.findall(body)) & types.keys()
        while waiting:
            found |= waiting
            waiting = {name for one in waiting for name in _TYPE.findall(types[one])} \
                & types.keys() - found
        return [f"{name} = {types[name]}" for name in sorted(found)]

    def _comdats(self, own: Iterable[Global]) -> list[str]:
        return [f"{name} = {self._text.comdats[name]}"
                for name in sorted({one.comdat for one in own if one.comdat})]

    def _debug(self, own: Iterable[Global], number: int) -> dict[str, str]:
        """The lists of variables in debug information, with only those of this unit."""
        if not self._described:
            return {}
        here = set().union(*(self._described.get(one.name, set()) for one in own), set())
        all_of_them = set().union(*self._described.values())
        changed = {}
        for value in self._text.metadata.values():
            for listed in _GLOBALS.findall(value):
                kept = [token for token in TOKEN.findall(self._text.metadata[listed])
                        if token in here or (number == 0 and token not in all_of_them)]
                changed[listed] = f"!{{{', '.join(kept)}}}"
        return changed


class _Metadata:
    """Metadata and attributes in the order in which a unit names them."""

    def __init__(self, text: Text, changed: dict[str, str]) -> None:
        self._text, self._changed = text, changed
        self._numbers: dict[str, str] = {}
        self._waiting: list[str] = []

    def numbered(self, text: str) -> str:
        """The text with this unit's numbers."""
        return TOKEN.sub(self._number, text)

    def _number(self, found: re.Match[str]) -> str:
        token = found[0]
        if token[0] not in "!#":
            return token
        if token not in self._numbers:
            self._numbers[token] = f"{token[0]}{len(self._numbers)}"
            if token[0] == "!":
                self._waiting.append(token)
        return self._numbers[token]

    def nodes(self) -> list[str]:
        """All nodes that were named so far, and the nodes that they name."""
        lines = []
        while self._waiting:
            token = self._waiting.pop()
            value = self._changed.get(token, self._text.metadata.get(token))
            if value is None:
                raise CannotCut(f"metadata {token} is nowhere")
            lines.append(f"{self._numbers[token]} = {self.numbered(value)}")
        return lines

    def attributes(self) -> list[str]:
        """The attribute groups that were named so far."""
        return [f"attributes {number} = {self._text.attributes[token]}"
                for token, number in self._numbers.items()
                if token[0] == "#" and token in self._text.attributes]


def _header(lines: list[str], number: int) -> list[str]:
    # Locals of one name are told apart by the file that they come from.
    return [f'{line[:-1]}.unit{number}"' if line.startswith("source_filename ") else line
            for line in lines]


def _function(one: Global) -> str:
    """The declaration of a function that another unit defines."""
    before, _, rest = one.head.partition(one.name + "(")
    words = before.split(" ", 2)
    if one.linkage:
        before = f"define hidden {words[2]}" if one.local else f"define {words[2]}"
    rest = f"({rest}"
    end = bracket_end(rest)
    tail = " ".join(word for word in rest[end:].split()
                    if word in _WORDS or (word[0] == "#" and word[1:].isdecimal()))
    return f"declare{before[6:]}{one.name}{rest[:end]} {tail}".rstrip()


def _variable(one: Global) -> str:
    """The declaration of a variable that another unit defines."""
    name, _, rest = one.head.partition(" = ")
    words = rest.split(" ")
    place = next(index for index, word in enumerate(words) if word in ("global", "constant"))
    return " ".join((name, "= external", *_kept(one, words[:place]), *words[place:])
                    ) + alignment(one.text)


def _alias(one: Global) -> str:
    """The declaration of an alias or ifunc that another unit defines."""
    words, kind, rest = one.text.partition(" = ")[2].partition(f"{one.kind} ")
    if not kind:
        raise CannotCut(f"'{one.text[:40]}'")
    of = rest.rpartition(", ptr @")[0]
    kept = _kept(one, words.split(" "))
    if of.endswith(")"):
        returned = type_end(of)
        before = [word for word in kept if word not in _WORDS]
        behind = [word for word in kept if word in _WORDS]
        return " ".join(("declare", *before, of[:returned],
                         f"{one.name}{of[returned:].lstrip()}", *behind))
    return " ".join((one.name, "= external", *kept, "global", of))


def _kept(one: Global, words: Iterable[str]) -> tuple[str, ...]:
    """The words of a definition that its declaration keeps, in LLVM's order."""
    words = tuple(words)
    preemption = [word for word in words if word.startswith("dso_")]
    visibility = [word for word in words if word in ("hidden", "protected")]
    others = [word for word in words if word in _WORDS
              or word.startswith(("thread_local", "addrspace("))]
    return (*preemption, *(["hidden"] if one.local else visibility), *others)


_DECLARE = {"function": _function, "variable": _variable}
