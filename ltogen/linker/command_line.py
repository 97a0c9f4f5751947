"""One command line of lld's: its words as options with their values, and inputs."""

from __future__ import annotations

import os

from ltogen.base import files, response_files
from ltogen.linker import options

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

INPUT = ""
UNKNOWN = "?"


class Argument:
    """One option with its value, or one input.

    `option` is the first name of the option, INPUT, or UNKNOWN for a word that lld refuses. The
    `value` of a flag is None, and so is one that the line ends without; an input's is its path.
    `words` are as the line has them.
    """

    __slots__ = ("option", "value", "words")

    def __init__(self, option: str, value: str | None, words: tuple[str, ...]) -> None:
        self.option, self.value, self.words = option, value, words

    @property
    def text(self) -> str:
        """The value, or nothing."""
        return self.value or ""


class CommandLine:
    """What the words of a line say, in their order."""

    __slots__ = ("arguments",)

    def __init__(self, words: Iterable[str]) -> None:
        self.arguments = list(parse(words))

    def values(self, *names: str) -> list[str]:
        """Each value of some options, in order."""
        return [argument.value for argument in self.arguments
                if argument.option in names and argument.value is not None]

    def last(self, name: str) -> str:
        """The value of an option of which the last counts; empty if there is none."""
        return (self.values(name) or ("",))[-1]

    def files_named(self) -> list[str]:
        """Inputs, and what options name of files to read; libraries are looked for by others."""
        named = {INPUT, *options.FILES_READ, *options.SCRIPTS_READ}
        return [one.text for one in self.arguments if one.option in named]

    def has(self, name: str) -> bool:
        """Whether an option is there."""
        return any(argument.option == name for argument in self.arguments)

    def is_on(self, name: str, default: bool = False) -> bool:
        """Whether the last of `--name` and `--no-name` is the former."""
        on = default
        for argument in self.arguments:
            if argument.option == name or argument.option == f"no-{name}":
                on = argument.option == name
        return on

    def position_independent(self, default: bool = False) -> bool:
        """Whether lld makes what can lie at any address; `default` where it is not told so."""
        return self.has("shared") or self.is_on("pie", default)


def parse(line: Iterable[str]) -> Iterator[Argument]:
    """The arguments that words without response files are."""
    rest = iter(line)
    for word in rest:
        if word[:1] != "-" or word == "-":
            if word:  # lld passes over empty words
                yield Argument(INPUT, word, (word,))
        elif word in ("-plugin-opt", "--plugin-opt"):
            value = next(rest, None)
            words = (word,) if value is None else (word, value)
            yield _argument("=".join(words), rest, words)
        else:
            yield _argument(word, rest, (word,))


def _argument(word: str, rest: Iterator[str], words: tuple[str, ...]) -> Argument:
    """The option that `word` is; `words` are those it was written as."""
    dashes = 2 if word.startswith("--") else 1
    text = word[dashes:]
    kind = options.kind(text, dashes)
    if kind == options.FLAG:
        return Argument(options.first_name(text), None, words)
    if kind in (options.SEPARATE, options.JOINED_OR_SEPARATE):
        value = next(rest, None)
        return Argument(options.first_name(text), value,
                        words if value is None else (*words, value))
    name = text if kind == options.JOINED else options.joined(text, dashes)
    if not name:
        return Argument(UNKNOWN, word, words)
    return Argument(options.first_name(name), text[len(name):], words)


def of_linker(words: list[str]) -> CommandLine:
    """The command line of words that may name response files of this folder."""
    return CommandLine(expanded(words, _content))


def expanded(words: list[str], content: Callable[[str], list[str] | None]) -> list[str]:
    """The words with those of response files in their place; `content` gives these.

    The word of a file that is not there stays, as it does for lld. So does one within itself, of
    which lld says that it cannot be.
    """
    return list(_expanded(words, content, ())) if any(
        word[:1] == "@" for word in words) else words


def _expanded(words: Iterable[str], content: Callable[[str], list[str] | None],
              within: tuple[str, ...]) -> Iterator[str]:
    for word in words:
        found = content(word[1:]) if word[:1] == "@" and word not in within else None
        if found is None:
            yield word
        else:
            yield from _expanded(found, content, (*within, word))


def _content(path: str) -> list[str] | None:
    try:
        data = files.read(path) if path and os.path.exists(path) else None
    except OSError:
        return None
    return None if data is None else response_files.parse(data)
