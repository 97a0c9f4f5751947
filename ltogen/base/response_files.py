"""GNU-style response files, as LLVM's tools read them: TokenizeGNUCommandLine."""

from __future__ import annotations

import os

# What ends a word anywhere, or means something in it; then what only Python takes for a space.
_ESCAPED = "\\ '\"\t\r\n"
_PYTHON_S_SPACES = "\v\f\x1c\x1d\x1e\x1f"
# No word is ever spelled so by the functions below.
_MARK = b' "--" '
_NOT_PLAIN = "\\'\"" + _PYTHON_S_SPACES


def parse(data: bytes) -> list[str]:
    """The words of a response file's content."""
    return words(os.fsdecode(data))


def words(text: str) -> list[str]:
    """The words of a response file's text.

    `""` is an empty word, as it is for GNU's tools and for LLVM from version 23 on; those before
    drop it.
    """
    if text.isascii() and not any(special in text for special in _NOT_PLAIN):
        return text.split()
    import re  # later than a step's start

    # A backslash takes the next character as it is, inside either kind of quotes too.
    single, double = (rf"{quote}(?:[^{quote}\\]|\\[\s\S]|\\\Z)*(?:{quote}|\Z)" for quote in "'\"")
    pattern = rf"(?:[^ \t\r\n'\"\\]+|\\[\s\S]|\\\Z|{single}|{double})+"
    return [_unquoted(word) if "\\" in word or "'" in word or '"' in word else word
            for word in re.findall(pattern, text.removeprefix("\ufeff"))]


def _unquoted(word: str) -> str:
    found, quote, rest = [], "", iter(word)
    for letter in rest:
        if letter == "\\":
            found.append(next(rest, letter))
        elif letter == quote:
            quote = ""
        elif letter in "'\"" and not quote:
            quote = letter
        else:
            found.append(letter)
    return "".join(found)


def read_parted(path: str) -> tuple[list[str], bytes]:
    """The words of a program and the text of its linker's response file, from a file with both.

    Raises OSError.
    """
    with open(path, "rb") as file:
        told, _, rest = file.read().partition(_MARK)
    return parse(told), rest


def one_line_of_both(told: tuple[str, ...], rest: tuple[str, ...]) -> str:
    """The content of such a file, on one line."""
    return one_line(told) + _MARK.decode() + one_line(rest)


def compose(words: list[str]) -> bytes:
    """The content of a response file that gives `words` back, a word a line."""
    return os.fsencode("\n".join(map(_escape, words)) + "\n")


def one_line(words: list[str] | tuple[str, ...]) -> str:
    """The same words as text on one line, as a Ninja manifest has it."""
    text = " ".join(words)
    plain = text.count(" ") == len(words) - 1 and "" not in words
    if plain and not any(special in text for special in _NOT_PLAIN + "\t\r\n"):
        return text
    return " ".join(map(_escape, words))


def _escape(word: str) -> str:
    """A word as a response file has it.

    Backslashes, not quotes: the tokenizer takes a backslash as an escape inside single quotes too,
    so the shell's quoting is not what it reads.
    """
    if not word:
        return '""'
    for special in _ESCAPED + _PYTHON_S_SPACES:
        if special in word:
            word = word.replace(special, "\\" + special)
    return word
