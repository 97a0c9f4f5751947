"""The jobserver in MAKEFLAGS, read by GNU make's own rules.

They are in the manual's "Sharing Job Slots with GNU make": the last option counts, negative
descriptors switch it off, and a dry run takes no part. But make 4.4 adds negative ones behind those
of its pipe for what is no recursive make, and closes them there: the pipe is still to be found in
the make above.
"""

from __future__ import annotations

import os

from ltogen.base.numbers import natural

_OPTIONS = ("--jobserver-auth", "--jobserver-fds")  # make 4.2 and later, and earlier
_CLOSED = "-2,-2"  # what make adds for a command that does not get its descriptors
_DRY_RUN = frozenset(("-n", "--dry-run", "--just-print", "--recon"))


class Auth:
    """Where the tokens are: in a FIFO at `path`, or behind the descriptors `read` and `write`."""

    def __init__(self, path: str = "", read: int = -1, write: int = -1) -> None:
        self.path, self.read, self.write = path, read, write


def parse(makeflags: str) -> Auth | None:
    """The jobserver of `makeflags`; None if it names none that can be used."""
    words = _words(makeflags)
    if "--" in words:
        words = words[:words.index("--")]  # variables of the command line follow
    letters = words[0] if words and words[0][:1] != "-" and "=" not in words[0] else ""
    if "n" in letters or not _DRY_RUN.isdisjoint(words):
        return None
    auth = ""
    for word in words:
        option, _, value = word.partition("=")
        if option in _OPTIONS and (value != _CLOSED or not _descriptors(auth)):
            auth = value
    if auth.startswith("fifo:"):
        return Auth(path=auth[5:])
    ends = _descriptors(auth)
    return Auth(read=ends[0], write=ends[1]) if ends else None


def _descriptors(auth: str) -> tuple[int, int] | None:
    """The ends that `R,W` names; None if it names none."""
    read, write = (natural(text) for text in (*auth.split(",", 1), "")[:2])
    return (read, write) if read is not None and write is not None else None


def with_auth(makeflags: str, auth: str) -> str:
    """The same flags with another jobserver, and without options that contradict it."""
    words = _words(makeflags)
    at = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:at]
            if not word.startswith(("--jobserver", "-j", "--jobs"))]
    if not kept or kept[0][:1] in ("", "-") or "=" in kept[0]:
        kept.insert(0, "")  # the first word is one of single letters, or empty
    return " ".join([*map(_escaped, kept), auth, *map(_escaped, words[at:])])


def current() -> Auth | None:
    """The MAKEFLAGS of this process."""
    return parse(os.environ.get("MAKEFLAGS", ""))


def _words(text: str) -> list[str]:
    """Words between spaces; a backslash keeps the next character."""
    words: list[str] = []
    word, quoted, started = "", False, False
    for letter in text:
        if quoted:
            word, quoted = word + letter, False
        elif letter == "\\":
            quoted = started = True
        elif letter in " \t":
            if started:
                words.append(word)
            word, started = "", False
        else:
            word, started = word + letter, True
    return [*words, word] if started else words


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace(" ", "\\ ").replace("\t", "\\\t")
