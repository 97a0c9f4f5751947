"""The linker's words of one link as those of a thin link: bitcode in the place of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from ltogen.clang import flags
from ltogen.frontends.existing.names import Names
from ltogen.frontends.existing.objects import Object
from ltogen.frontends.prebuilt import Prebuilt
from ltogen.linker.command_line import INPUT, Argument
from ltogen.linker.file_system import FileSystem
from ltogen.linker.link_flags import ParsedLink, UnsupportedLink
from ltogen.linker.search import Search
from ltogen.linker.state import State
from ltogen.model.existing_build import Archive
from ltogen.model.link_unit import ThinModule
from ltogen.model.site import Site

# lld resolves archives without them, and lets no `--start-lib` stand between them.
_GROUPS = frozenset(("start-group", "end-group"))


def _takes_any(path: str) -> None:
    """A build whose products need no check."""


class Products(Struct, frozen=True):
    """What a build makes that a link can take, by path; `names` knows how words name it.

    `check` raises UnsupportedLink for a product that no link may take.
    """

    names: Names
    objects: Mapping[str, Object] = {}
    archives: Mapping[str, Archive] = {}
    check: Callable[[str], None] = _takes_any


class InputRewriter:
    """Turns the linker's words into those of a thin link."""

    def __init__(self, parts: ParsedLink, products: Products, prebuilt: Prebuilt, folder: str,
                 site: Site, *, lto: bool) -> None:
        self._parts, self._products, self._prebuilt_files = parts, products, prebuilt
        self._site, self._lto = site, lto
        self.words: list[str] = []
        self.modules: dict[str, ThinModule] = {}
        self.objects: dict[str, Object] = {}
        self.opened: dict[str, None] = {}
        self.natives: dict[str, None] = {}
        self.problems: dict[str, str] = {}
        self.split: list[str] = []
        self._state = State(parts.line)
        self._state.static |= "-static" in parts.driver or "-static-pie" in parts.driver
        self._search = Search(FileSystem(folder, products.names), parts.folders, parts.sysroot)

    def read(self) -> None:
        """Go through the words once."""
        if self._site.toolchain.link_runs:
            level = flags.optimization_level(self._parts.driver, "2")
            self.words.append(f"--lto-O{flags.backend_level(level)}")
        for argument in self._parts.line.arguments:
            if argument.option == INPUT and argument.text[0] != "@":
                self._input(argument.text, self._products.names.of(argument.text))
            else:
                self._option(argument)
        self._check_split()

    def _check_split(self) -> None:
        """LLVM refuses to import between modules that are split and modules that are not."""
        whole = [obj.compile.output for obj in self.objects.values()
                 if not flags.splits_lto_unit(obj.compile.arguments)]
        if self.split and whole:
            raise UnsupportedLink(f"it takes {self.split[0]}, made with -fsplit-lto-unit, and "
                                  f"{whole[0]}, made without")

    def _option(self, argument: Argument) -> None:
        if argument.option in _GROUPS:
            return
        self._state.follow(argument)
        found = self._library(argument.text) if argument.option == "library" else ""
        if found:
            self._input(found, found)
        else:
            self.words += argument.words

    def _library(self, name: str) -> str:
        """The static library behind `-lNAME`, if it has bitcode or is the build's own."""
        path, _ = self._search.library(name, static=self._state.static)
        path = self._products.names.of(path) if path else ""
        if not path or path in self._products.archives:
            return path
        if self._products.names.makes(path):
            self._products.check(path)
            return ""
        return path if self._prebuilt_files.has_bitcode(path) else ""

    def _input(self, word: str, path: str) -> None:
        products = self._products
        if path in products.objects:
            self.words += self._object(path, word)
        elif path in products.archives:
            self._open(path, [word for member in products.archives[path].members
                              for word in self._member(member)])
        elif products.names.makes(path):
            self._products.check(path)
            self.words.append(word)
        elif self._lto and self._prebuilt_files.has_bitcode(path):
            self._prebuilt(path)
        else:
            self.words.append(word)

    def _member(self, path: str) -> list[str]:
        """The words for a member of one of the build's own archives."""
        files = self._prebuilt_files
        if (self._lto and not self._products.names.makes(path) and files.has_bitcode(path)
                and not files.members(path).archive):
            return self._prebuilt_words(path)
        return self._object(path, path)

    def _object(self, path: str, word: str) -> list[str]:
        """The words for one object: its bitcode, or the native object that stands for it."""
        obj = self._products.objects.get(path)
        if obj is None or obj.module is None:
            if obj is not None and obj.problem:
                self._stays(obj)
            self.natives[path] = None
            return [word]
        if self._lto:
            self.modules.update((module.bitcode, module) for module in obj.modules)
            self.objects[path] = obj
            return [module.bitcode for module in obj.modules]
        if obj.bitcode_before:
            self.objects[path] = obj
            path = word = self._site.layout.plain + obj.module.path
        self.natives[path] = None
        return [word]

    def _stays(self, obj: Object) -> None:
        if obj.bitcode_before:
            raise UnsupportedLink(f"it takes {obj.compile.output}, and {obj.problem}")
        self.problems[obj.compile.output] = obj.problem

    def _prebuilt(self, path: str) -> None:
        words = self._prebuilt_words(path)
        if self._prebuilt_files.members(path).archive:
            self._open(path, words)
        else:
            self.words += words

    def _prebuilt_words(self, path: str) -> list[str]:
        members = self._prebuilt_files.members(path)
        for module in members.modules:
            self.modules[module.bitcode] = module
        if members.split_lto_unit:
            self.split.append(path)
        self.natives.update(dict.fromkeys(members.natives))
        return members.words

    def _open(self, path: str, words: list[str]) -> None:
        """Members in the place of their archive; said again, it would add nothing."""
        if path in self.opened and not self._state.whole_archive:
            return
        self.opened[path] = None
        taken = self._state.whole_archive or self._state.lazy
        self.words += words if taken else ["--start-lib", *words, "--end-lib"]
