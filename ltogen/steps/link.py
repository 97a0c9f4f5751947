"""What the `thin-link` step is told of its link."""

from __future__ import annotations

import os

from ltogen.base import response_files
from ltogen.steps import keys, start
from ltogen.steps.messages import Names
from ltogen.steps.temps import Temps

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterator


class Link:
    """What the step is told in a file, by position; folders end with a slash.

    `before` and `after` are response files, or empty where `line` is the linker's whole line, whose
    text is in that file too. `promoted` says how promoted locals may be named; `compiler` are its
    words in one. Before `--` come, for each row of modules in the line with the same backend: a
    digest of its flags, how many they are, and the number and names of the files that it reads.

    Not a dataclass: importing that takes as long as the linker does for a small program.
    """

    def __init__(self, file: str) -> None:
        self.start = start.now()
        words, self.text = response_files.read_parted(file)
        self.product, self.bitcode, self.indexes, self.natives = words[:4]
        self.before, self.after, hidden, self.shown, self.store, self.promoted = words[4:10]
        self.names, self.printed = Names(hidden), ""
        at = words.index("--")
        self.words = response_files.parse(self.text)
        self.modules = list(dict.fromkeys(word.removeprefix(self.bitcode) for word in self.words
                                          if word.startswith(self.bitcode)))
        self.compiler = tuple(response_files.parse(os.fsencode(words[10])))
        self.may_be_exact = bool(words[11])
        self.contexts = dict(zip(self.modules, _contexts(words[12:at]), strict=True))
        self.kept = Temps(words[at + 1:])
        self.linker = self.kept.options
        # Where the linker writes; beside the result, so that a rename can move it.
        self.scratch = f"{self.indexes.rstrip('/')}.new/"
        self.line = self.scratch + "line.rsp"
        # What lld writes of modules that are not thin, whether there are any or not.
        self.regular = self.scratch + "regular-lto.o"


def _contexts(words: list[str]) -> Iterator[str]:
    """What the object of each module depends on beside its index, as a digest."""
    at = 0
    while at < len(words):
        flags, count, paths = words[at], int(words[at + 1]), int(words[at + 2])
        at += 3 + paths
        digest = keys.context(flags, tuple(words[at - paths:at]))
        yield from (digest for _ in range(count))
