"""The linker's words of one link as those of a thin link: bitcode in the place of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from ltogen.clang import flags
from ltogen.frontends.existing.behind_scripts import BehindScripts
from ltogen.frontends.existing.names import Names
from ltogen.frontends.existing.objects import Object
from ltogen.frontends.prebuilt import Prebuilt
from ltogen.linker import behind_scripts
from ltogen.linker.command_line import INPUT, Argument
from ltogen.linker.file_system import FileSystem
from ltogen.linker.inputs import Input
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
        self._scripts = BehindScripts(parts, folder, products.names)

    def read(self) -> None:
        """Go through the words once."""
        if self._site.toolchain.link_runs:
            level = flags.optimization_level(self._parts.driver, "2")
            self.words.append(f"--lto-O{flags.backend_level(level)}")
        for argument in self._parts.line.arguments:
            if argument.option != INPUT or argument.text[0] == "@":
                self._option(argument)
            elif not self._is_script(argument.text) or not self._script(argument):
                self._input(argument.text, self._products.names.of(argument.text))
        for argument in self._scripts.driver:
            self._check_script(argument)
        self._prebuilt_files.reads.update(
            (self._products.names.of(path), None) for path in self._scripts.unread)
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
        if argument.option == "library":
            self._library(argument)
            return
        if argument.option not in ("script", "default-script") or not self._script(argument):
            self.words += argument.words

    def _library(self, argument: Argument) -> None:
        path, _ = self._search.library(argument.text, static=self._state.static)
        found = self._static_library(self._products.names.of(path)) if path else ""
        if found:
            self._input(found, found)
        elif not path or not self._is_script(path) or not self._script(argument):
            self.words += argument.words

    def _is_script(self, path: str) -> bool:
        path = self._products.names.of(path)
        return (path not in self._products.objects and path not in self._products.archives
                and self._scripts.is_script(path))

    def _script(self, argument: Argument) -> bool:
        """Put what scripts name in their place, if there is bitcode; whether that was so."""
        behind = self._scripts.behind(argument)
        self._prebuilt_files.reads.update(dict.fromkeys(self._scripts.scripts(argument)))
        taken = any(map(self._is_module, behind)) and not self._scripts.further(argument)
        if not taken:
            self._check_script(argument)
        for one in behind if taken else ():
            line, self.words = self.words, []
            self._input(one.word, self._products.names.of(one.path))
            self.words = line + behind_scripts.in_place(one, self.words,
                                                        as_needed=self._state.as_needed)
        return taken

    def _check_script(self, argument: Argument) -> None:
        """Refuse bitcode behind a script that stays; what the build makes must be there."""
        for one in self._scripts.behind(argument):
            path = self._products.names.of(one.path)
            if self._is_bitcode(path):
                further = self._scripts.further(argument)
                raise UnsupportedLink(f"it takes {path}, bitcode that {one.by} names"
                                      f"{further and f', and {further}'}; name it in the link "
                                      "itself")
            if self._products.names.makes(path):
                self._check_made(path)
                self.natives[path] = None

    def _check_made(self, path: str) -> None:
        if path not in self._products.objects and path not in self._products.archives:
            self._products.check(path)

    def _is_module(self, one: Input) -> bool:
        """Whether there is something to optimise in what a script names."""
        path = self._products.names.of(one.path)
        archive = self._products.archives.get(path)
        objects = [self._products.objects.get(name)
                   for name in (archive.members if archive else (path,))]
        return self._is_bitcode(path) or (self._lto and any(obj and obj.module for obj in objects))

    def _is_bitcode(self, path: str) -> bool:
        """Whether the build has bitcode at a path without ltogen."""
        archive = self._products.archives.get(path)
        for name in archive.members if archive else (path,):
            obj = self._products.objects.get(name)
            if obj.bitcode_before if obj else (not self._products.names.makes(name)
                                               and self._prebuilt_files.has_bitcode(name)):
                return True
        return False

    def _static_library(self, path: str) -> str:
        """A static library, if it has bitcode or is the build's own."""
        if path in self._products.archives:
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
            self.natives[path] = None
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
