"""Compiles one target's sources to bitcode and native objects."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ltogen.base.errors import UserError
from ltogen.clang import flags, triples
from ltogen.frontends.project.compile_words import Wanted, Words, seen_from_build
from ltogen.lower import cut_sources, unity
from ltogen.lower.commands import KEEP_LAST, compiled
from ltogen.lower.prebuilt_bitcode import copy_command, extract, merged_command
from ltogen.model import layout
from ltogen.model.action import Action, Command, Phase, Slot
from ltogen.model.link_unit import Form, MergedModule, Module, ThinModule
from ltogen.model.plan import Compilation
from ltogen.model.project import Language, SourceFile, Target
from ltogen.model.site import Site

_BITCODE_LANGUAGES = (Language.C, Language.CXX, Language.IR, Language.SUMMARISED)
_WITH_INCLUDES = (Language.C, Language.CXX, Language.ASSEMBLER_WITH_CPP)

_Module = TypeVar("_Module", bound=Module)


class Compiled(Struct, Generic[_Module], frozen=True):
    """A target's code in one form, in source order, as links take it.

    `line` names bitcode and native objects; `modules` describes the bitcode among them.
    """

    target: Target
    line: tuple[str, ...]
    modules: tuple[_Module, ...]
    objects: tuple[str, ...]
    actions: tuple[Action, ...]
    compilations: tuple[Compilation, ...]


def for_thin_links(wanted: Wanted, root: str, site: Site) -> Compiled[ThinModule]:
    """Compile a target for thin links; `root` is the project as seen from the build."""
    return _add_all(_ThinCompiler(wanted, root, site), wanted.files)


def for_merges(wanted: Wanted, root: str, site: Site) -> Compiled[MergedModule]:
    """Compile a target for links that merge its modules, or that take native code."""
    return _add_all(_MergedCompiler(wanted, root, site), wanted.files)


def as_merged(code: Compiled[ThinModule]) -> Compiled[MergedModule]:
    """Unified code as a merge takes it; its actions stay with `code`."""
    modules = tuple(MergedModule(one.path, one.bitcode, one.size, one.plain_flags, one.reads,
                                 one.native, one.thin) for one in code.modules)
    return Compiled(code.target, code.line, modules, code.objects, (), ())


def _add_all(compiler: _Compiler[_Module], files: tuple[SourceFile, ...]) -> Compiled[_Module]:
    target = compiler.target
    seen: dict[str, str] = {}
    for _, neighbours in itertools.groupby(enumerate(files), _unity_unit_of):
        compiler.add([file for _, file in neighbours])
    for file in files:
        key = layout.module_key(file.path)
        if seen.setdefault(key, file.path) != file.path:
            raise UserError(f"[targets.{target.name}] sources: {file.path} and {seen[key]} "
                            "would have the same object; rename one")
    for key, path in seen.items():
        above = key.rpartition("/")[0]
        while above:
            if above in seen:
                raise UserError(f"[targets.{target.name}] sources: {path} and {seen[above]}: the "
                                "object of one would be the folder of the other; rename one")
            above = above.rpartition("/")[0]
    return compiler.result()


def _unity_unit_of(place_and_file: tuple[int, SourceFile]) -> int:
    """A number that neighbours in one unity unit have in common."""
    place, file = place_and_file
    return file.group or -1 - place


class _Compiler(ABC, Generic[_Module]):
    def __init__(self, wanted: Wanted, root: str, site: Site) -> None:
        self.target = wanted.target
        self._form, self._embeds, self._root = wanted.form, wanted.embeds, root
        self._site, self._layout = site, site.layout
        self._words = Words(wanted, root, site.toolchain)
        self._folder = layout.module_path(wanted.target.name, "")
        self._commands: dict[tuple[Language, bool, bool], tuple[Command, tuple[str, ...]]] = {}
        self._line: list[str] = []
        self._modules: list[_Module] = []
        self._objects: list[str] = []
        self._actions: list[Action] = []
        self._extracted: list[str] = []
        self._compilations: list[Compilation] = []

    def add(self, files: Sequence[SourceFile]) -> None:
        """Add one source to the result, or neighbours that are one unity unit in thin links."""
        if len(files) > 1 and self._form is Form.THIN and not self._embeds:
            self._add_unity(files)
            return
        for file in files:
            path = self._folder + layout.module_key(file.path)
            source = seen_from_build(self._root, file.path)
            if self._form is Form.NATIVE or file.language not in _BITCODE_LANGUAGES:
                self._add_native(file, source, path)
            else:
                self._add_module(file, source, path)

    def _add_native(self, file: SourceFile, source: str, path: str) -> None:
        if file.language is not Language.OBJECT and not file.embedded:
            source = self._compile(file, source, self._layout.object + path, lto=False)
        self._objects.append(source)
        self._line.append(source)

    def _add_module(self, file: SourceFile, source: str, path: str) -> None:
        if file.codegen_units > 1 and self._form is Form.THIN and not self._embeds:
            self._add_codegen_units(file, source, path)
            return
        bitcode, native = self._layout.code(self._form) + path, ""
        if file.embedded:
            native = source
            source = self._extract(source, f"{self._layout.embedded}{self._form}/{path}")
            self._compile(file, source, bitcode, lto=True)
        elif self._embeds and file.language is not Language.SUMMARISED:
            native = self._compile(file, source, self._layout.object + path, lto=True)
            self._extract(native, bitcode)
        else:
            self._compile(file, source, bitcode, lto=True)
        self._modules.append(self._module(file, path, bitcode, native))
        self._line.append(bitcode)

    def _add_codegen_units(self, file: SourceFile, source: str, path: str) -> None:
        given = self._given(file, source, path)
        cut = cut_sources.cut(given, path, self._site)
        self._actions += (cut_sources.to_ir(given, path, self._site), *cut.actions)
        for module, bitcode in cut.modules:
            self._modules.append(self._module(file, module, bitcode, ""))
            self._line.append(bitcode)

    def _add_unity(self, files: Sequence[SourceFile]) -> None:
        keys = [self._folder + layout.module_key(file.path) for file in files]
        given = [self._given(file, seen_from_build(self._root, file.path), key)
                 for file, key in zip(files, keys, strict=True)]
        path = layout.unity_module(keys[0])
        self._actions += unity.actions(given, keys, path, self._site)
        bitcode = self._layout.bitcode + path
        file = replace(files[0], size=sum(one.size for one in files))
        self._modules.append(self._module(file, path, bitcode, ""))
        self._line.append(bitcode)

    def _given(self, file: SourceFile, source: str, path: str) -> cut_sources.Source:
        """A source to be cut or put in a unity unit, with a compilation for editors."""
        words = self._words.command(file.language, lto=True)
        self._compilations.append(Compilation(source, self._layout.code(self._form) + path, words))
        return cut_sources.Source(source, file.size, file.codegen_units, words,
                                   len(self._words.driver(file.language)),
                                   self._words.reads(file.language))

    def _extract(self, native: str, bitcode: str) -> str:
        self._extracted += (native, bitcode)
        return bitcode

    def _compile(self, file: SourceFile, source: str, output: str, *, lto: bool) -> str:
        command, words = self._command(file, lto)
        self._actions.append(Action(
            Phase.OPTIMIZE, command, (output,), (source,),
            (self._layout.toolchain, *self._words.reads(file.language)),
            command.side_outputs(output), size=float(file.size)))
        if file.language is not Language.SUMMARISED:
            self._compilations.append(Compilation(source, output, words))
        return output

    @abstractmethod
    def _module(self, file: SourceFile, path: str, bitcode: str, native: str) -> _Module:
        """The module of one codegen unit, as links see it."""

    def result(self) -> Compiled[_Module]:
        """The code of all sources that were added."""
        if self._extracted:
            # One action for all: a thin link or a merge waits for all of them anyway.
            self._actions.append(extract(self.target.name, self._form, self._extracted,
                                         self._site))
        return Compiled(self.target, tuple(self._line), tuple(self._modules),
                        tuple(self._objects), tuple(self._actions), tuple(self._compilations))

    def _command(self, file: SourceFile, lto: bool) -> tuple[Command, tuple[str, ...]]:
        key = (file.language, lto, file.thin)
        if key not in self._commands:
            self._commands[key] = self._make_command(file, lto)
        return self._commands[key]

    def _make_command(self, file: SourceFile, lto: bool) -> tuple[Command, tuple[str, ...]]:
        language = file.language
        name = ("compile", self._form if lto else "object", self.target.name, language.value)
        if language is Language.SUMMARISED and lto:
            return self._taken(file, name), ()
        words = self._words.command(language, lto)
        depfile = (Slot.OUTPUTS, ".d") if language in _WITH_INCLUDES else ""
        read = ("-MD", "-MF", depfile) if depfile else ()
        beside = flags.side_outputs(words, front_end=True, code_generator=not lto or self._embeds)
        return Command(name, compiled((*words, *read, "-c", Slot.INPUTS, "-o"), beside,
                                      KEEP_LAST if lto else (), depfile),
                       ("compile ", Slot.INPUTS), depfile, beside=beside), words

    def _taken(self, file: SourceFile, name: tuple[str, ...]) -> Command:
        """The command that converts prebuilt bitcode to the wanted form."""
        if self._form in (Form.PRE_CODEGEN, Form.FULL):
            return merged_command((*name, "thin" if file.thin else "full"), self._form,
                                  thin=file.thin,
                                  arguments=self._words.plain_flags(file.language),
                                  site=self._site)
        return copy_command(*name)


class _ThinCompiler(_Compiler[ThinModule]):
    def _module(self, file: SourceFile, path: str, bitcode: str, native: str) -> ThinModule:
        return ThinModule(path, bitcode, file.size, self._words.plain_flags(file.language),
                          self._words.reads(file.language), native, file.thin,
                          (*self._words.backend_flags(file.language),
                           *triples.kept(file.triple, self._site.toolchain.target)))


class _MergedCompiler(_Compiler[MergedModule]):
    def _module(self, file: SourceFile, path: str, bitcode: str, native: str) -> MergedModule:
        if file.split_lto_unit and self._form is not Form.NATIVE:
            raise UserError(f"[targets.{self.target.name}] sources: {file.path}: made with "
                            "-flto=thin -fsplit-lto-unit, which cannot be merged; make it with "
                            "-flto=full")
        return MergedModule(path, bitcode, file.size, self._words.plain_flags(file.language),
                            self._words.reads(file.language), native,
                            file.thin and self._form is not Form.FULL)
