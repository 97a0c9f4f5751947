"""What linker scripts among the inputs of one link name."""

from __future__ import annotations

from collections.abc import Container, Iterator

from ltogen.linker import behind_scripts, driver_words, file_kind, inputs
from ltogen.linker.command_line import INPUT, Argument, CommandLine
from ltogen.linker.file_system import FileSystem
from ltogen.linker.inputs import Input
from ltogen.linker.link_flags import ParsedLink


class BehindScripts:
    """The inputs behind the scripts of a link, by the one reader of lld's command line.

    `made` are the paths that the build makes, which runs in `folder`. A script that it makes is
    looked into as it is now.
    """

    def __init__(self, parts: ParsedLink, folder: str, made: Container[str]) -> None:
        self._parts, self._made, self._here = parts, made, FileSystem(folder)
        self._files = FileSystem(folder, self)
        self._driver = tuple(driver_words.scripts(parts.driver))
        self._read: inputs.Inputs | None = None

    def __contains__(self, path: object) -> bool:
        """Whether a file is the build's to make, and not to be opened."""
        return path in self._made and not self.is_script(str(path))

    def is_script(self, path: str) -> bool:
        """Whether a file is a linker script now."""
        head = self._here.head(path)
        return head is not None and file_kind.of(head) == file_kind.SCRIPT

    @property
    def driver(self) -> tuple[Argument, ...]:
        """Scripts that the driver hands over: `-T`."""
        return self._driver

    def behind(self, argument: Argument) -> list[Input]:
        """The inputs that an argument names by scripts, in their order."""
        return behind_scripts.inputs(self._found, argument)

    def scripts(self, argument: Argument) -> Iterator[str]:
        """The scripts of an argument: one, and those that it names."""
        return behind_scripts.scripts(self._found, argument)

    @property
    def unread(self) -> tuple[str, ...]:
        """The scripts that the build has yet to make."""
        scripts = self._read.scripts if self._read else ()
        return tuple(path for path in scripts if path in self)

    def further(self, argument: Argument) -> str:
        """What the scripts of an argument say besides that a line cannot; empty if nothing."""
        return behind_scripts.further(self._found, argument)

    @property
    def _found(self) -> inputs.Inputs:
        if self._read is None:
            self._read = inputs.read(self._line(), self._files, look_inside=False)
        return self._read

    def _line(self) -> CommandLine:
        """Scripts, and what says where and how their names are looked up."""
        parts = self._parts
        static = not {"-static", "-static-pie"}.isdisjoint(parts.driver)
        line = CommandLine((*(["-Bstatic"] if static else []),
                            *(f"-L{folder}" for folder in parts.folders),
                            f"--sysroot={parts.sysroot}"))
        line.arguments += [*self._driver, *(one for one in parts.line.arguments if (
            self.is_script(one.text) if one.option == INPUT
            else one.option not in ("library-path", "sysroot")))]
        return line

