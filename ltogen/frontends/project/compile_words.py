"""The compile commands of one target's sources."""

from __future__ import annotations

import os

from msgspec import Struct

from ltogen.clang import flags
from ltogen.lower.forms import FLAGS
from ltogen.model.link_unit import Form
from ltogen.model.project import Language, SourceFile, Target
from ltogen.model.toolchain import Toolchain

IR_LANGUAGES = (Language.IR, Language.SUMMARISED)


class Wanted(Struct, frozen=True):
    """One target in one form. `embeds`: its objects have native code and bitcode."""

    target: Target
    files: tuple[SourceFile, ...]
    form: Form
    pic: bool
    embeds: bool


def seen_from_build(root: str, path: str) -> str:
    """A project path relative to the build directory.

    A leading `-` or `@` would be read as a flag or a response file, and Ninja drops `./`: such a
    path is made absolute.
    """
    if path[:1] in "./":
        joined = os.path.normpath(os.path.join(root, path))  # noqa: PTH118
    else:
        joined = path if root == "." else f"{root}/{path}"
    return os.path.abspath(joined) if joined[0] in "-@" else joined  # noqa: PTH100


class Words:
    """The words of all commands for one target in one form."""

    def __init__(self, wanted: Wanted, root: str, toolchain: Toolchain) -> None:
        """`root` is the project as seen from the build."""
        self._target, self._form, self._pic = wanted.target, wanted.form, wanted.pic
        self._embeds, self._root, self._toolchain = wanted.embeds, root, toolchain
        self._plain: dict[Language, tuple[str, ...]] = {}
        self._backend: dict[Language, tuple[str, ...]] = {}
        self._read: dict[Language, tuple[str, ...]] = {}

    def command(self, language: Language, lto: bool) -> tuple[str, ...]:
        """Compiler, mode and flags: all but input and output."""
        mode = self._mode(language) if lto else ()
        if lto and self._embeds:
            mode += ("-ffat-lto-objects",)
        if language in IR_LANGUAGES:
            return (*self._toolchain.backend, *mode, *self._ir_flags())
        words = self._arguments(language)
        if language is Language.ASSEMBLER:
            # The compile arguments of a target are not all meant for its assembler sources.
            words = (*words, "-Wno-unused-command-line-argument")
        return (*self.driver(language), *mode, *words)

    def driver(self, language: Language) -> tuple[str, ...]:
        """The compiler of a language."""
        return self._toolchain.cxx if language is Language.CXX else self._toolchain.cc

    def _ir_flags(self) -> tuple[str, ...]:
        # Only what steers code: IR has no includes and no macros.
        return (f"-O{self._target.optimize}", *(("-fPIC",) if self._pic else ()),
                *flags.for_backend(self._target.compile_args), "-Wno-override-module", "-x", "ir")

    def _arguments(self, language: Language) -> tuple[str, ...]:
        target, root = self._target, self._root
        return (
            f"-O{target.optimize}",
            *(("-fPIC",) if self._pic else ()),
            *(f"-I{seen_from_build(root, folder)}" for folder in target.include_dirs),
            *(f"-D{define}" for define in target.defines),
            *self._target.flags_of(language),
        )

    def _mode(self, language: Language) -> tuple[str, ...]:
        if self._form is Form.UNIFIED:
            # clang would split the LTO unit by default, which only some programs need.
            split_lto_unit = flags.splits_lto_unit(self._target.flags_of(language))
            off = () if split_lto_unit else ("-fno-split-lto-unit",)
            return ("-flto=thin", "-funified-lto", *off)
        return FLAGS[self._form]

    def plain_flags(self, language: Language) -> tuple[str, ...]:
        """Flags of a backend without a thin link."""
        if language not in self._plain:
            words = self._target.flags_of(language)
            model = "-fPIC" if self._pic or self._toolchain.pie else "-fno-pie"
            self._plain[language] = (self._level(words), *flags.for_plain_backend(words), model)
        return self._plain[language]

    def _level(self, words: tuple[str, ...]) -> str:
        level = flags.optimization_level(words, self._target.optimize)
        return f"-O{flags.backend_level(level)}"

    def backend_flags(self, language: Language) -> tuple[str, ...]:
        """Flags of a backend of a thin link."""
        if language not in self._backend:
            words = self._target.flags_of(language)
            self._backend[language] = (self._level(words), *flags.for_backend(words))
        return self._backend[language]

    def reads(self, language: Language) -> tuple[str, ...]:
        """Files that compiles and backends read but leave out of their depfiles."""
        if language not in self._read:
            self._read[language] = flags.files_read(self._target.flags_of(language))
        return self._read[language]
