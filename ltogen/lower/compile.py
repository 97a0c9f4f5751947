"""One target's sources to bitcode and native objects."""

from __future__ import annotations

import os

from msgspec import Struct

from ltogen import flags, layout
from ltogen.errors import UserError
from ltogen.lower.rules import compile_command, cut_off, rule_name
from ltogen.model import (
    Action,
    Compilation,
    Language,
    Lto,
    Module,
    Phase,
    Rule,
    SourceFile,
    Target,
)
from ltogen.site import Site

_BITCODE_LANGUAGES = (Language.C, Language.CXX, Language.IR, Language.SUMMARISED)
_IR_LANGUAGES = (Language.IR, Language.SUMMARISED)
_WITH_INCLUDES = (Language.C, Language.CXX, Language.ASSEMBLER_WITH_CPP)


class Compiled(Struct, frozen=True):
    """A target's code: what a link takes in, in source order.

    `line` names bitcode and native objects; `modules` describes the bitcode among them.
    """

    target: Target
    line: tuple[str, ...]
    modules: tuple[Module, ...]
    objects: tuple[str, ...]
    actions: tuple[Action, ...]
    compilations: tuple[Compilation, ...]


def compile_target(
    target: Target, files: tuple[SourceFile, ...], root: str, pic: bool, site: Site
) -> Compiled:
    """Actions for all sources of `target`; `root` is the project as seen from the build."""
    compiler = _Compiler(target, root, pic, site)
    seen: dict[str, str] = {}
    for file in files:
        key = layout.module_key(file.path)
        compiler.add(file, key)
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


def arguments(target: Target, language: Language, root: str, pic: bool) -> tuple[str, ...]:
    """The compile arguments of `target` for one language, without compiler, mode and files."""
    own = {Language.C: target.c_args, Language.CXX: target.cxx_args}.get(language, ())
    return (
        f"-O{target.optimize}",
        *(("-fPIC",) if pic else ()),
        *(f"-I{seen_from_build(root, folder)}" for folder in target.include_dirs),
        *(f"-D{define}" for define in target.defines),
        *(word.replace("{root}", root) for word in (*target.compile_args, *own)),
    )


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


class _Compiler:
    def __init__(self, target: Target, root: str, pic: bool, site: Site) -> None:
        self._target, self._root, self._pic = target, root, pic
        self._toolchain, self._layout = site.toolchain, site.layout
        self._folder = layout.module_path(target.name, "")
        self._rules: dict[tuple[Language, bool], tuple[Rule, tuple[str, ...]]] = {}
        self._backend: dict[Language, tuple[str, ...]] = {}
        self._plain: dict[Language, tuple[str, ...]] = {}
        self._read: dict[Language, tuple[str, ...]] = {}
        self._line: list[str] = []
        self._modules: list[Module] = []
        self._objects: list[str] = []
        self._actions: list[Action] = []
        self._compilations: list[Compilation] = []

    def add(self, file: SourceFile, key: str) -> None:
        """Add one source, whose products are named `key`, to the result."""
        source = seen_from_build(self._root, file.path)
        if file.language is Language.OBJECT:
            self._take(source)
            return
        lto = self._target.lto is not Lto.OFF and file.language in _BITCODE_LANGUAGES
        path = self._folder + key
        output = (self._layout.bitcode if lto else self._layout.object) + path
        rule, words = self._rule(file.language, lto)
        self._actions.append(Action(
            Phase.OPTIMIZE, rule, (output,), (source,),
            (self._layout.toolchain, *self._reads(file.language)), rule.side_outputs(output),
            cost=float(file.size)))
        if file.language is not Language.SUMMARISED:
            self._compilations.append(Compilation(source, output, words))
        if lto:
            self._modules.append(
                Module(path, output, self._backend_flags(file.language), file.size, file.hashed,
                       self._plain_flags(file.language), self._reads(file.language)))
            self._line.append(output)
        else:
            self._take(output)

    def result(self) -> Compiled:
        """What was added so far."""
        return Compiled(self._target, tuple(self._line), tuple(self._modules),
                        tuple(self._objects), tuple(self._actions), tuple(self._compilations))

    def _take(self, native: str) -> None:
        self._objects.append(native)
        self._line.append(native)

    def _rule(self, language: Language, lto: bool) -> tuple[Rule, tuple[str, ...]]:
        if (language, lto) not in self._rules:
            self._rules[language, lto] = self._make_rule(language, lto)
        return self._rules[language, lto]

    def _make_rule(self, language: Language, lto: bool) -> tuple[Rule, tuple[str, ...]]:
        name = rule_name("opt" if lto else "compile", self._target.name, language.value)
        if language is Language.SUMMARISED and lto:
            return Rule(name, cut_off(["cp"], "$in"), "copy $in"), ()
        words = self._words(language, lto)
        depends = language in _WITH_INCLUDES
        tail = f"{'-MD -MF $out.d ' if depends else ''}-c $in -o"
        beside = flags.side_outputs(words, front_end=True, code_generator=not lto)
        return Rule(name, compile_command(words, tail, beside), "opt  $in" if lto else "obj  $in",
                    "$out.d" if depends else "", beside=beside), words

    def _words(self, language: Language, lto: bool) -> tuple[str, ...]:
        mode = ("-flto=thin",) if lto else ()
        if language in _IR_LANGUAGES:
            return (*self._toolchain.backend, *mode, *self._ir_flags())
        driver = self._toolchain.cxx if language is Language.CXX else self._toolchain.cc
        words = arguments(self._target, language, self._root, self._pic)
        if language is Language.ASSEMBLER:
            # The compile arguments of a target are not all meant for its assembler sources.
            words = (*words, "-Wno-unused-command-line-argument")
        return (*driver, *mode, *words)

    def _ir_flags(self) -> tuple[str, ...]:
        # Only what steers code: IR has no includes and no macros.
        return (f"-O{self._target.optimize}", *(("-fPIC",) if self._pic else ()),
                *flags.for_backend(self._target.compile_args), "-Wno-override-module", "-x", "ir")

    def _own_flags(self, language: Language) -> tuple[str, ...]:
        own = {Language.C: self._target.c_args, Language.CXX: self._target.cxx_args}
        return tuple(word.replace("{root}", self._root)
                     for word in (*self._target.compile_args, *own.get(language, ())))

    def _backend_flags(self, language: Language) -> tuple[str, ...]:
        if language not in self._backend:
            words = self._own_flags(language)
            self._backend[language] = (self._level(words), *flags.for_backend(words))
        return self._backend[language]

    def _plain_flags(self, language: Language) -> tuple[str, ...]:
        if language not in self._plain:
            words = self._own_flags(language)
            model = "-fPIC" if self._pic or self._toolchain.pie else "-fno-pie"
            self._plain[language] = (self._level(words), *flags.for_plain_backend(words), model)
        return self._plain[language]

    def _level(self, words: tuple[str, ...]) -> str:
        level = flags.optimization_level(words, self._target.optimize)
        return f"-O{flags.backend_level(level)}"

    def _reads(self, language: Language) -> tuple[str, ...]:
        if language not in self._read:
            self._read[language] = flags.files_read(self._own_flags(language))
        return self._read[language]
