"""What the commands of a nested Ninja say, as lld would have said it of the user's own files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

# What Ninja says about itself: its user is a linker's user.
_FAILED = re.compile(r"FAILED: (?:\[code=\d+\] )?(.*)\n.*\n")
_NINJA_S_OWN = re.compile(r"FAILED: .*\n.*\n|ninja: .*\n")
_INLINE = re.compile(r"^(<inline asm>:)", re.MULTILINE)
_DETAIL = (">>>", " ", "\t")


def tidied(text: str, names: Callable[[], Mapping[str, str]]) -> str:
    """The text without Ninja's own words; `names` gives what the user calls each file.

    A warning that the thin link and the final link both give is there once.
    """
    text = "".join(map(_located, _commands(text)))
    text = renamed(_NINJA_S_OWN.sub("", text), names())
    return "".join(_once(text))


def failed(text: str) -> tuple[str, ...]:
    """The outputs of the commands that failed, as Ninja names them."""
    return tuple(found[1].strip() for found in _FAILED.finditer(text))


def _commands(text: str) -> Iterator[str]:
    """The text in parts, each of which begins with what failed, but for the first."""
    start = 0
    for found in _FAILED.finditer(text):
        yield text[start:found.start()]
        start = found.start()
    yield text[start:]


def _located(text: str) -> str:
    """Say of which object an error in inline assembler is: clang knows no file for it."""
    found = _FAILED.match(text)
    if found is None:
        return text
    output = found[1].strip()
    return text[:found.end()] + _INLINE.sub(lambda line: f"{output} {line[1]}", text[found.end():])


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with other names for some paths; a longer path is looked for first."""
    if not any(path in text for path in names):
        return text
    longest_first = sorted(names, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda found: names[found[0]], text)


def _once(text: str) -> Iterator[str]:
    """Each message with its details, but no warning again."""
    seen = set()
    for message in _messages(text):
        if ": warning: " in message and message in seen:
            continue
        seen.add(message)
        yield message


def _messages(text: str) -> Iterator[str]:
    message = ""
    for line in text.splitlines(keepends=True):
        if message and not line.startswith(_DETAIL):
            yield message
            message = ""
        message += line
    yield message
