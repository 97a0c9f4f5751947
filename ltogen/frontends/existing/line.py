"""The linker's words of one link as those of a thin link: bitcode in the place of objects."""

from __future__ import annotations

import os
from collections.abc import Mapping

from msgspec import Struct

from ltogen.clang import flags
from ltogen.frontends.existing.names import Names
from ltogen.frontends.existing.objects import Incompatibility, Object
from ltogen.frontends.prebuilt import Prebuilt
from ltogen.linker import link_flags
from ltogen.linker import options as lld_options
from ltogen.linker.link_flags import UnsupportedLink, Word
from ltogen.model.existing_build import Archive, ExistingBuild
from ltogen.model.link_unit import ThinModule
from ltogen.model.site import Site

# lld resolves archives without them, and lets no `--start-lib` stand between them.
_GROUPS = frozenset(("-start-group", "-end-group", "-(", "-)"))
STATIC = frozenset(("-Bstatic", "-dn", "-non_shared", "-static"))
_DYNAMIC = frozenset(("-Bdynamic", "-dy", "-call_shared"))


class Contents(Struct, frozen=True):
    """What links can take from a build, by path."""

    build: ExistingBuild
    objects: Mapping[str, Object]
    archives: Mapping[str, Archive]
    incompatibility: Incompatibility
    names: Names
    prebuilt: Prebuilt
    folder: str
    site: Site


class Line:
    """Turns the linker's words into those of a thin link."""

    def __init__(self, parts: link_flags.LinkLine, contents: Contents, *, lto: bool) -> None:
        self._parts, self._contents, self._lto = parts, contents, lto
        self.words: list[str] = []
        self.modules: dict[str, ThinModule] = {}
        self.objects: dict[str, Object] = {}
        self.opened: dict[str, None] = {}
        self.natives: dict[str, None] = {}
        self.problems: dict[str, str] = {}
        self._split: list[str] = []
        self._whole = self._lazy = False
        self._static = "-static" in parts.driver or "-static-pie" in parts.driver
        self._states: list[tuple[bool, bool]] = []

    def read(self) -> None:
        """Go through the words once."""
        if self._contents.site.toolchain.link_runs:
            level = flags.optimization_level(self._parts.driver, "2")
            self.words.append(f"--lto-O{flags.backend_level(level)}")
        for word in self._parts.words:
            if word.file:
                self._input(word.text, self._contents.names.of(word.text))
            else:
                self._option(word)
        self._check_split()

    def _check_split(self) -> None:
        """LLVM refuses to import between modules that are split and modules that are not."""
        whole = [thing.compile.output for thing in self.objects.values()
                 if not flags.splits_lto_unit(thing.compile.arguments)]
        if self._split and whole:
            raise UnsupportedLink(f"it takes {self._split[0]}, made with -fsplit-lto-unit, and "
                                  f"{whole[0]}, made without")

    def _option(self, word: Word) -> None:
        name = lld_options.one_dash(word.text)
        if name in _GROUPS:
            return
        self._follow(name)
        if name.startswith("-l") and len(name) > 2 and word.text[1] != "-":
            found = self._library(name[2:])
            if found:
                self._input(found, found)
                return
        self.words.append(word.text)

    def _follow(self, name: str) -> None:
        """Keep the states that options switch, and that decide what the next input means."""
        if name == "-push-state":
            self._states.append((self._whole, self._static))
        elif name == "-pop-state" and self._states:
            self._whole, self._static = self._states.pop()
        elif name in ("-whole-archive", "-no-whole-archive"):
            self._whole = name == "-whole-archive"
        elif name in ("-start-lib", "-end-lib"):
            self._lazy = name == "-start-lib"
        elif name in STATIC or name in _DYNAMIC:
            self._static = name in STATIC

    def _library(self, name: str) -> str:
        """The static library behind `-lNAME`, if it has bitcode or is the build's own."""
        contents = self._contents
        file = name.removeprefix(":") if name.startswith(":") else f"lib{name}.a"
        for folder in self._parts.folders:
            shared = f"{folder}/lib{name}.so"
            if not self._static and (contents.names.makes(shared)
                                     or os.path.exists(self._inside(shared))):
                return ""
            path = contents.names.of(f"{folder}/{file}")
            if path in contents.archives or contents.prebuilt.has_bitcode(path):
                return path
            if os.path.exists(self._inside(path)):
                return ""
        return ""

    def _inside(self, path: str) -> str:
        return os.path.join(self._contents.folder, path)

    def _input(self, word: str, path: str) -> None:
        contents = self._contents
        if path in contents.objects:
            self.words += self._object(path, word)
        elif path in contents.archives:
            self._open(path, [word for member in contents.archives[path].members
                              for word in self._member(member)])
        elif contents.names.makes(path):
            self._check_made(path)
            self.words.append(word)
        elif self._lto and contents.prebuilt.has_bitcode(path):
            self._prebuilt(path)
        else:
            self.words.append(word)

    def _check_made(self, path: str) -> None:
        """Refuse what an unknown command makes of bitcode: it may be more bitcode."""
        build = self._contents.build
        step = build.steps[build.makes[path]]
        objects = (self._contents.objects.get(name) for name in step.inputs)
        if step.command is None and any(thing and thing.bitcode_before for thing in objects):
            raise UnsupportedLink(f"it takes {path}, which a command that is not understood makes "
                                  "of bitcode")

    def _member(self, path: str) -> list[str]:
        """The words for a member of one of the build's own archives."""
        contents = self._contents
        if (self._lto and not contents.names.makes(path) and contents.prebuilt.has_bitcode(path)
                and not contents.prebuilt.members(path).archive):
            return self._prebuilt_words(path)
        return self._object(path, path)

    def _object(self, path: str, word: str) -> list[str]:
        """The words for one object: its bitcode, or the native object that stands for it."""
        thing = self._contents.objects.get(path)
        if thing is None or thing.module is None:
            if thing is not None and thing.problem:
                self._stays(thing)
            self.natives[path] = None
            return [word]
        if self._lto:
            self.modules.update((module.bitcode, module) for module in thing.modules)
            self.objects[path] = thing
            return [module.bitcode for module in thing.modules]
        if thing.bitcode_before:
            self.objects[path] = thing
            path = word = self._contents.site.layout.plain + thing.module.path
        self.natives[path] = None
        return [word]

    def _stays(self, thing: Object) -> None:
        if thing.bitcode_before:
            raise UnsupportedLink(f"it takes {thing.compile.output}, and {thing.problem}")
        self.problems[thing.compile.output] = thing.problem

    def _prebuilt(self, path: str) -> None:
        words = self._prebuilt_words(path)
        if self._contents.prebuilt.members(path).archive:
            self._open(path, words)
        else:
            self.words += words

    def _prebuilt_words(self, path: str) -> list[str]:
        members = self._contents.prebuilt.members(path)
        for module in members.modules:
            self.modules[module.bitcode] = module
        if members.split_lto_unit:
            self._split.append(path)
        self.natives.update(dict.fromkeys(members.natives))
        return members.words

    def _open(self, path: str, words: list[str]) -> None:
        """Members in the place of their archive; said again, it would add nothing."""
        if path in self.opened and not self._whole:
            return
        self.opened[path] = None
        self.words += words if self._whole or self._lazy else ["--start-lib", *words, "--end-lib"]
