"""Prebuilt objects and archives with bitcode."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from ltogen.base import ar, elf, magic
from ltogen.clang import triples
from ltogen.linker import bitcode, file_kind
from ltogen.linker.link_flags import UnsupportedLink
from ltogen.lower.commands import step
from ltogen.lower.prebuilt_bitcode import copy
from ltogen.model import layout
from ltogen.model.action import Action, Command, Phase, ResponseFile
from ltogen.model.link_unit import ThinModule
from ltogen.model.site import Site

# lld's own level where the link says none.
_FLAGS = ("-O2",)
_ELF = b"\x7fELF"
_ARCHIVES = (file_kind.ARCHIVE, file_kind.THIN_ARCHIVE)
# What may have bitcode one day if not now.
_MAY_CHANGE = (file_kind.OBJECT, file_kind.BITCODE, *_ARCHIVES)


class Members(Struct, frozen=True):
    """The modules and native objects that a link takes instead of one prebuilt file."""

    archive: bool
    words: list[str]
    modules: tuple[ThinModule, ...]
    natives: tuple[str, ...]
    split_lto_unit: bool = False  # with a module made with -fsplit-lto-unit


class Placer(Protocol):
    """Puts bitcode where a thin link can read it."""

    def copy(self, source: str, target: str) -> None:
        """Copy one object to `target`."""

    def expand(self, archive: str, targets: list[str], files: tuple[str, ...]) -> None:
        """Write each member of an archive to its target; `files` are the members of a thin one."""


class ByActions:
    """A placer that works by edges, for files that may change between builds."""

    def __init__(self, site: Site, *, embedded: bool = False) -> None:
        self._site, self._embedded = site, embedded
        self.actions: list[Action] = []

    def copy(self, source: str, target: str) -> None:
        """Copy one object to `target`."""
        self.actions.append(copy(source, target, self._site))

    def expand(self, archive: str, targets: list[str], files: tuple[str, ...]) -> None:
        """Write each member of an archive to its target."""
        # As many as an archive has: a command of more than 128 KiB cannot be run.
        # Beside an output: Ninja makes folders for outputs alone.
        names = f"{targets[0]}.members"
        command = Command(("expand", archive), step(
            "expand", archive, names, *(("embedded",) if self._embedded else ())),
                          f"take members out of {archive}",
                          response=ResponseFile(names, tuple(targets)))
        self.actions.append(Action(
            Phase.OPTIMIZE, command, (targets[0],), (archive,),
            (*files, self._site.layout.toolchain), tuple(targets[1:])))


class Prebuilt:
    """Inspects files that no step makes, each once.

    `embedded`: members of archives count as bitcode if they have native code as well, and so do
    `fat_objects`.
    `reads` are the files that the answers depend on, `targets` the triples of the modules.
    """

    def __init__(self, folder: str, site: Site, placer: Placer,
                 name: Callable[[str], str] = layout.inside, *, embedded: bool = False,
                 fat_objects: bool = False) -> None:
        self._fat_objects = fat_objects
        self._folder, self._site, self._placer, self._name = folder, site, placer, name
        self._embedded = embedded
        self._found: dict[str, Members | None] = {}
        self.reads: dict[str, None] = {}
        self.targets: dict[str, None] = {}

    def has_bitcode(self, path: str) -> bool:
        """Whether there is a file `path` with bitcode in it."""
        if path not in self._found:
            self._found[path] = self._inspect(path)
        return self._found[path] is not None

    def members(self, path: str) -> Members:
        """The members of a file that has bitcode."""
        found = self._found[path]
        assert found is not None
        return found

    def _inspect(self, path: str) -> Members | None:
        try:
            with (Path(self._folder) / path).open("rb") as stream:
                kind = file_kind.of(stream.read(18))
                if kind in _MAY_CHANGE:
                    self.reads[path] = None
                fat = kind == file_kind.OBJECT and self._fat_objects
                if not fat and kind not in (file_kind.BITCODE, *_ARCHIVES):
                    return None
                with mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ) as data:
                    found = (self._archive(path, data) if kind in _ARCHIVES else
                             self._object(path, elf.bitcode(data) if fat else data[:]))
        except (OSError, ValueError, ar.ArchiveError):
            return None  # the linker says best what is wrong with it
        return found

    def _object(self, path: str, data: bytes) -> Members | None:
        if not data:
            return None  # an object that is not fat
        module, split_lto_unit = self._module(path, self._name(path), data)
        self._placer.copy(path, module.bitcode)
        return Members(False, [module.bitcode], (module,), (), split_lto_unit)

    def _module(self, where: str, path: str, data: bytes) -> tuple[ThinModule, bool]:
        """The module, and whether it was made with -fsplit-lto-unit."""
        try:
            outline = bitcode.outline(data)
        except bitcode.BitcodeError as error:
            raise UnsupportedLink(f"it takes {where}: {error}") from None
        if outline.major > self._site.toolchain.major:
            raise UnsupportedLink(f"it takes {where}, bitcode of LLVM {outline.major}, newer than "
                                  f"LLVM {self._site.toolchain.version} that links it")
        self.targets[outline.target] = None
        module = ThinModule(path, self._site.layout.bitcode + path, len(data), _FLAGS,
                            thin=outline.thin,
                            backend_flags=(*_FLAGS, *self._triple(outline.target)))
        return module, outline.split_lto_unit

    def _triple(self, target: str) -> tuple[str, ...]:
        return triples.kept(target, self._site.toolchain.target)

    def _archive(self, path: str, data: mmap.mmap) -> Members | None:
        # The file as commands see it, which run in the build folder.
        members = ar.members(path, data)
        contents = [self._content(member, data) for member in members]
        self.reads.update(dict.fromkeys(file for *_, file in members if file))
        if not any(content.startswith(magic.BITCODE) for content in contents):
            return None
        return self._expanded(path, [name for name, *_ in members], contents,
                              tuple(file for *_, file in members if file))

    def _content(self, member: ar.Member, data: mmap.mmap) -> bytes:
        """The bytes of a member; of a native one only the first."""
        _, offset, size, file = member
        if file:
            return (Path(self._folder) / file).read_bytes()
        content = data[offset:offset + min(size, 4)]
        whole = content.startswith((*magic.BITCODE, *((_ELF,) if self._embedded else ())))
        content = data[offset:offset + size] if whole else content
        return (self._embedded and elf.bitcode(content)) or content

    def _expanded(self, path: str, names: list[str], contents: list[bytes],
                  files: tuple[str, ...]) -> Members:
        """The targets of one action for all members; a number tells members of one name apart."""
        targets: list[str] = []
        modules: list[ThinModule] = []
        others: set[str] = set()
        any_split = False
        for number, (name, content) in enumerate(zip(names, contents, strict=True)):
            inner = f"{self._name(path)}/{number}-{layout.ascii_name(name.rpartition('/')[2])}"
            if content.startswith(magic.BITCODE):
                module, split_lto_unit = self._module(f"{path}({name})", inner, content)
                modules.append(module)
                targets.append(module.bitcode)
                any_split = any_split or split_lto_unit
            else:
                targets.append(self._site.layout.object + inner)
                if not content.startswith(_ELF):
                    others.add(targets[-1])  # such as what rustc says of a library
        self._placer.expand(path, targets, files)
        words = [target for target in targets if target not in others]
        known = {module.bitcode for module in modules}
        return Members(True, words, tuple(modules),
                       tuple(word for word in words if word not in known), any_split)
