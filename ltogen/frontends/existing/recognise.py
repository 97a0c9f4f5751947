"""Recognises what a build's command does by its words; rule names do not count."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ltogen.clang import drivers, flags
from ltogen.frontends.existing import shell
from ltogen.frontends.existing.names import Names
from ltogen.model.existing_build import Archive, Bitcode, Command, Compile, Link, ShellContext

_ARCHIVER = re.compile(r"(?:[\w.+]+-)*(?:llvm-|gcc-)?ar(?:-[\d.]+)?\Z")
_MAYBE = re.compile(r"clang|gcc|g\+\+|c\+\+|\bc(?:c|89|99)\b|\bzig|ar\b|\bar-")
_TO_BITCODE = frozenset((
    ".c", ".i", ".cc", ".cp", ".cxx", ".cpp", ".CPP", ".c++", ".C", ".ii", ".m", ".mi", ".mm", ".M",
    ".mii", ".cppm", ".ccm", ".cxxm", ".c++m", ".ixx", ".ll", ".bc"))
_SOURCES = _TO_BITCODE | {".s", ".S", ".sx", ".cu", ".hip", ".f", ".f90", ".cl", ".swift", ".d"}
_NATIVE_LANGUAGES = ("assembler", "assembler-with-cpp", "cuda", "hip", "cl")
# Words of the shell's own grammar in front of a command.
_OPENS = frozenset(("{", "!", "if", "then", "elif", "else", "while", "until", "do", "exec"))
# What follows these is no command that stands alone.
_PROGRAMS = frozenset(("for", "case", "time", "eval", "command", "builtin", "trap"))
_HARMLESS = re.compile(r"(?::|true|rm|cd|(?:\S*/)?cmake|(?:\S*-)?ranlib(?:-[\d.]+)?)\Z")
_DEPFILE = re.compile(r"-MF|-Wp,-MM?D,|-Wp,-MF,?")
_OTHER_MODES = frozenset(("-S", "-E", "-M", "-MM", "-fsyntax-only", "--precompile", "-emit-llvm",
                          "-emit-ast", "--analyze", "-###"))


_Groups = Sequence[tuple[str, ...]]


class NotUnderstood(Exception):
    """A compile, archive or link that cannot be taken over; the text says why."""


class Context(Struct, frozen=True):
    """The build around a command: what its words mean."""

    outputs: tuple[str, ...]
    names: Names
    expand: Callable[[str], list[str] | None]  # words of a response file, if they are known yet
    depfile: str = ""  # the whole path where the build looks for what the command read


def recognise(line: str, context: Context) -> Command | None:
    """The compile, archive or link that `line` runs to make one of the outputs; else None.

    Raises NotUnderstood for such a command if a part of it has no equivalent.
    """
    if _MAYBE.search(line) is None:
        return None
    commands = shell.commands(line)
    inside: dict[tuple[int, ...], Context] = {(): context}  # a subshell has a directory of its own
    for simple in commands:
        for depth in range(1, len(simple.inside) + 1):
            inside.setdefault(simple.inside[:depth], inside[simple.inside[:depth - 1]])
        here = inside[simple.inside]
        if simple.words[0] == "cd" and len(simple.words) == 2 and simple.literal:
            names = here.names.within(simple.words[1])
            inside[simple.inside] = here = replace(here, names=names)
        found = _archive(simple, commands, here) or _compiler(line, simple, here)
        if found is not None:
            return found
    return None


def _compiler(line: str, simple: shell.Simple, context: Context) -> Command | None:
    start, end = drivers.find(simple.words)
    if not end:
        return None
    groups = list(flags.groups(_expanded(simple.words[end:], context)))
    words = [group[0] for group in groups]
    named = _named(groups)
    output = context.names.of(named) if named else ""
    if not _OTHER_MODES.isdisjoint(words):
        return None
    if output not in context.outputs:
        _check_unnamed(words, named, simple, context)
        return None
    _check_shell(simple, start)
    around, driver = _shell_context(line, simple, start), simple.words[start:end]
    if "-c" in words:
        compiled = _compile(around, driver, groups, output, context.names.directory)
        if compiled is not None and compiled.bitcode is not Bitcode.NEVER:
            _check_behind(around.after, {output, *map(context.names.of, _depfiles(groups))},
                          context)
            _check_depfile(around, {*_depfiles(groups), *_unnamed_depfile(
                words, named)}, context)
        return compiled
    if context.names.directory:
        raise NotUnderstood("it is linked in another directory than the build's")
    _check_depfile(around, {word.rpartition("=")[2] for group in groups for word in group},
                   context)
    return _link(around, driver, groups, output)


def _check_shell(simple: shell.Simple, start: int) -> None:
    if not simple.literal:
        raise NotUnderstood("its command has words that only the shell knows")
    if not _PROGRAMS.isdisjoint(simple.words[:start]):
        raise NotUnderstood("its command is a program for the shell")


def _check_behind(after: str, made: set[str], context: Context) -> None:
    """Raises NotUnderstood if a step behind a compile uses its output."""
    for simple in shell.commands(after):
        for word in simple.words:
            if context.names.of(word) in made:
                raise NotUnderstood(f"a step behind its compile uses {word}")


def _check_depfile(around: ShellContext, own: set[str], context: Context) -> None:
    """Raises NotUnderstood if something else than compiler or linker may say what was read.

    `own` has the depfiles that these write, as the command names them.
    """
    others = around.before.strip() or around.launcher or around.after.strip()
    if context.depfile and others and context.depfile not in map(context.names.whole, own):
        raise NotUnderstood(f"its dependencies are in {os.path.basename(context.depfile)}, which "
                            "neither compiler nor linker writes")


def _unnamed_depfile(words: Sequence[str], named: str) -> Iterator[str]:
    if "-MD" in words or "-MMD" in words:
        yield os.path.splitext(named)[0] + ".d"


def _depfiles(groups: _Groups) -> Iterator[str]:
    for group in groups:
        path = _DEPFILE.match(group[0])
        if path:
            yield group[-1][path.end():] if len(group) == 1 else group[-1]


def _shell_context(line: str, simple: shell.Simple, start: int) -> ShellContext:
    """Split the words in front of the driver into the shell's, assignments, and a launcher's."""
    words, first = simple.words, 0
    while first < start and words[first] in _OPENS:
        first += 1
    run = first
    while run < start and re.match(r"\w+=", words[run]):
        run += 1  # an assignment holds for whatever is run
    environment = [word.partition("=")[::2] for word in words[first:run]]
    return ShellContext(line[:simple.starts[first]], tuple(environment), words[run:start],
                        line[simple.end:])


def _expanded(words: Sequence[str], context: Context, within: tuple[str, ...] = ()) -> list[str]:
    """The words, with each response file that can be read replaced by its content."""
    expanded: list[str] = []
    for word in words:
        if word in within:
            raise NotUnderstood(f"its response file {word[1:]} includes itself")
        content = context.expand(context.names.of(word[1:])) if word[:1] == "@" else None
        expanded += [word] if content is None else _expanded(content, context, (*within, word))
    return expanded


def _check_unnamed(words: Sequence[str], named: str, simple: shell.Simple,
                   context: Context) -> None:
    """Raises NotUnderstood for a command whose output has no readable name."""
    names = {os.path.basename(path) for path in context.outputs}
    if not simple.literal and os.path.basename(named) in names:
        raise NotUnderstood("its command has words that only the shell knows")
    objects = {os.path.splitext(os.path.basename(word))[0] + ".o"
               for word in words if word[:1] not in "-@"}
    if "-c" in words and not named and not objects.isdisjoint(context.outputs):
        raise NotUnderstood("its compile names its object in no -o")
    if "-c" not in words and any(context.names.makes(word) for word in words):
        raise NotUnderstood("its command links to another name")


def _named(groups: _Groups) -> str:
    output = ""
    for group in groups:
        if group[0] == "-o" and len(group) > 1:
            output = group[1]
        elif group[0].startswith("-o") and len(group[0]) > 2:
            output = group[0][2:]
    return output


def _compile(around: ShellContext, driver: tuple[str, ...], groups: _Groups,
             output: str, directory: str) -> Compile | None:
    sources = [group[0] for group in groups if group[0][:1] not in "-@"]
    kept = [word for group in groups for word in group
            if group[0] not in ("-c", "--", *sources) and not flags.names_output(group[0])]
    languages = [at for at, group in enumerate(groups) if group[0].startswith("-x")]
    language = groups[languages[-1]][-1].removeprefix("-x") if languages else ""
    if language.endswith("-header"):
        return None
    if len(sources) != 1:
        raise NotUnderstood(f"its compile has {len(sources)} sources")
    if languages and languages[-1] > [group[0] for group in groups].index(sources[0]):
        raise NotUnderstood("its -x comes behind the source")
    if any(word.startswith(("-save-temps", "--save-temps")) for word in kept):
        raise NotUnderstood("its compile keeps temporary files")
    return Compile(around, driver, tuple(kept), sources[0], output,
                   _bitcode(kept, language, sources[0]), directory)


def _bitcode(arguments: Sequence[str], language: str, source: str) -> Bitcode:
    if language in _NATIVE_LANGUAGES or (
            language in ("", "none") and os.path.splitext(source)[1] not in _TO_BITCODE):
        return Bitcode.NEVER
    lto = flags.lto_mode(arguments)
    return {"": Bitcode.NO, "off": Bitcode.NEVER}.get(lto, Bitcode.YES)


def _link(around: ShellContext, driver: tuple[str, ...], groups: _Groups,
          output: str) -> Link:
    kept: list[str] = []
    for group in groups:
        flag = group[0]
        if flag == "-x" and group[-1] != "none":
            raise NotUnderstood("it compiles and links in one command")
        if not flag.startswith("-") and os.path.splitext(flag)[1] in _SOURCES:
            raise NotUnderstood("it compiles and links in one command")
        if flag.startswith("@"):
            raise NotUnderstood(f"its response file {flag[1:]} is not known before the build")
        if flag != "--" and not flags.names_output(flag):
            kept += group
    return Link(around, driver, tuple(kept), output)


def _archive(simple: shell.Simple, commands: Sequence[shell.Simple],
             context: Context) -> Archive | None:
    words = simple.words
    start = 1
    if os.path.basename(words[0]) == "zig" and words[1:2] == ("ar",):
        start = 2
    elif not _ARCHIVER.match(os.path.basename(words[0])):
        return None
    operation, rest = _operation(_expanded(words[start:], context))
    if not rest or not set(operation) & set("qr") or "L" in operation:
        return None
    known = context.names.of(rest[0])
    if known not in context.outputs or any(word[:1] in "-@" for word in rest):
        return None
    if not simple.literal:
        raise NotUnderstood("its command has words that only the shell knows")
    others = [one for one in commands
              if one is not simple and not _HARMLESS.match(os.path.basename(one.words[0]))]
    only_archives = not others
    if any(context.names.of(word) == known for one in others for word in one.words):
        raise NotUnderstood("its command changes the archive in more than one step")
    return Archive(known, tuple(map(context.names.of, rest[1:])), only_archives)


def _operation(words: list[str]) -> tuple[str, list[str]]:
    """The key letters of an archiver's command, and what follows them."""
    operation, rest = "", list(words)
    if rest and not rest[0].startswith("-"):
        operation = rest.pop(0)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word.startswith("--"):
            # `--format=gnu`, `--thin`; what takes a value of its own is not understood.
            operation += "L" if "=" not in word and word != "--thin" else ""
        else:
            operation += word[1:]
    return operation, rest
