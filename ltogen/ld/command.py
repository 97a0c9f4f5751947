"""One command line of the linker: what a graph of it depends on, or why there can be none."""

from __future__ import annotations

import os

from ltogen.ld import options
from ltogen.linker import command_line
from ltogen.linker.command_line import INPUT, UNKNOWN, Argument
from ltogen.linker.options import FILES_WRITTEN

TYPE_CHECKING = False  # (typing takes long to import)
if TYPE_CHECKING:
    from ltogen.linker.inputs import Inputs


_STANDARD_OUTPUT = "-"
_OF_LLD_S_CACHE = ("thinlto-cache-dir", "thinlto-cache-policy")


class NotTaken(Exception):
    """This link is lld's own; the text says why. `warn`: the user would want to know."""

    def __init__(self, why: str, *, warn: bool = False) -> None:
        super().__init__(why)
        self.warn = warn


class Command:
    """The words of a link without `-o` and its value, and what they name.

    `inputs` are paths of objects, archives, libraries and scripts; `written` is what the link
    writes beside its output.

    Not a dataclass: importing that takes as long as lld does for a small program.
    """

    def __init__(self, arguments: list[str]) -> None:
        self.line = command_line.of_linker(arguments)
        if any("\0" in word for argument in self.line.arguments for word in argument.words):
            raise NotTaken("a response file has a NUL")
        for argument in self.line.arguments:
            _check(argument)
        self.words = [word for argument in self.line.arguments if argument.option != "output"
                      for word in argument.words]
        self.output = self.line.last("output") or "a.out"
        if self.output == "-":
            raise NotTaken("- is no regular file")  # but lld's name for stdout
        self.inputs = self.line.values(INPUT)
        self.written = [path for path in self.line.values(*FILES_WRITTEN - {"output"})
                        if path != _STANDARD_OUTPUT]
        # Whether the final link says something on standard output.
        self.prints = (any(map(self.line.has, options.PRINTING))
                       or _STANDARD_OUTPUT in self.line.values("Map"))
        self.depfile = self.line.last("dependency-file")
        # The names of a compiler's temporary files are others each time.
        self.names = {path: _name(position, path) for position, path in enumerate(self.inputs)}

    @property
    def pic(self) -> bool:
        """Whether lld generates position-independent code for it."""
        return self.line.position_independent()

    def ignored(self) -> str:
        """The option that names a cache of lld's own LTO, if there is one: no graph fills it."""
        return next((argument.words[0] for argument in self.line.arguments
                     if argument.option in _OF_LLD_S_CACHE), "")

    def reads(self, *, look_inside: bool) -> Inputs:
        """All that lld would read for it."""
        # Loaded here: a link that is up to date needs none of it.
        from ltogen.linker import file_system, inputs

        return inputs.read(self.line, file_system.FileSystem(), look_inside=look_inside)


def _check(argument: Argument) -> None:
    """Raises NotTaken for an option that a graph cannot follow."""
    if argument.option == INPUT:
        return
    if argument.option == UNKNOWN or not options.takes(argument):
        raise NotTaken(f"{argument.words[0]} has no equivalent in a graph")
    if argument.option == "dependency-file" and argument.text == _STANDARD_OUTPUT:
        raise NotTaken("its dependency file is standard output")
    if argument.option == "m" and "pe" in argument.text:
        raise NotTaken(f"-m {argument.value} is not ELF")


def _name(position: int, path: str) -> str:
    """What stands for an input where it must be the same in the next run."""
    folder, _, file = path.rpartition("/")
    if is_temporary(folder):
        return f"_temporary/{position}-{file}"
    stem, dash, digits = file.removesuffix(".o").rpartition("-")
    if (dash and len(digits) == 6 and digits.isalnum() and file.endswith(".o")
            and folder in _temporary()):
        return f"_temporary/{position}-{stem}.o"
    return path


def is_temporary(folder: str) -> bool:
    """Whether a folder is one that rustc makes for one link."""
    above, _, name = folder.rpartition("/")
    return name.startswith("rustc") and len(name) == 11 and name.isalnum() and (
        above in _temporary())


def _temporary() -> set[str]:
    named = (os.environ.get(name) for name in ("TMPDIR", "TMP", "TEMP", "TEMPDIR"))
    return {folder.rstrip("/") for folder in (*named, "/tmp", "/var/tmp") if folder}
